import type { Socket } from "node:net";
import type { DeadlineQueue } from "./deadline-queue.ts";

/** What a HTTP/2 connection without TLS begins with (RFC 9113, section 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Who goes on with a socket. It gets the socket as it was before a byte of it was read. */
interface ProtocolServers {
  http2(socket: Socket): void;
  http1(socket: Socket): void;
}

/**
 * Looks at the first bytes of a connection and hands it to the server of its protocol. A peer that has not said enough
 * when the deadline comes is cut off.
 */
export function sniffProtocol(
  socket: Socket,
  parts: {
    readonly servers: ProtocolServers;
    readonly deadlines: DeadlineQueue;
    /** The peer did not say enough in time; it has been cut off. */
    onSilent(): void;
  },
): void {
  const { servers } = parts;
  let head: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    deadline.cancel();
    socket.off("data", onData);
    socket.off("close", stop);
  };
  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const compared = Math.min(head.length, preface.length);
    const isHttp2 = head.compare(preface, 0, compared, 0, compared) === 0;
    if (isHttp2 && compared < preface.length) return;
    stop();
    // Both servers take over from a socket that is paused with its bytes still in it.
    socket.pause();
    socket.unshift(head);
    if (isHttp2) servers.http2(socket);
    else servers.http1(socket);
  };
  const deadline = parts.deadlines.add(() => {
    stop();
    parts.onSilent();
    socket.destroy();
  });
  socket.on("data", onData);
  socket.on("close", stop);
}
