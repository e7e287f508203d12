import { cutFrames, lengthPrefixedEnd } from "./cut-frames.ts";
import type { Link, LinkEvents } from "./link.ts";
import { openSocket } from "./open-socket.ts";

const headBytes = 4;

/** Messages over plain TCP, each behind its length. */
export async function openNetLink(port: number, events: LinkEvents): Promise<Link> {
  const socket = await openSocket(port, (reason) => events.onEnd(reason));
  socket.on(
    "data",
    cutFrames(lengthPrefixedEnd(headBytes), (bytes, start, end) =>
      events.onMessage(bytes.subarray(start + headBytes, end)),
    ),
  );
  return {
    socket,
    send(message) {
      const frame = Buffer.allocUnsafe(headBytes + message.length);
      frame.writeUInt32BE(message.length);
      frame.set(message, headBytes);
      socket.write(frame);
    },
  };
}
