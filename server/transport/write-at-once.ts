import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

const nothing = new Uint8Array(0);

/**
 * Writes to a socket. Returns true when the kernel has taken all at once, as it nearly always does: then nobody needs to
 * say so, which saves a callback and a tick for each frame. Else `onWritten` is called when it has.
 */
export function writeAtOnce(socket: Duplex, bytes: Uint8Array, onWritten: () => void): boolean {
  // What is encrypted is never taken at once.
  if (socket.writableLength > 0 || socket instanceof TLSSocket) {
    socket.write(bytes, onWritten);
    return false;
  }
  socket.write(bytes);
  if (socket.writableLength === 0) return true;
  // What stands behind it says when it is through.
  socket.write(nothing, onWritten);
  return false;
}
