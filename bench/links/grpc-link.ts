import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  http2Frame,
  preface,
} from "../../test/transport/raw-http2.ts";
import { cutFrames, lengthPrefixedEnd } from "./cut-frames.ts";
import type { Link, LinkEvents } from "./link.ts";
import { openSocket } from "./open-socket.ts";
import { SendWindow } from "./send-window.ts";

const frameHeadBytes = 9;
const messageHeadBytes = 5;
const framePayloadMax = 16_384;
/** SETTINGS_INITIAL_WINDOW_SIZE. */
const initialWindow = 4;
/** What the server may send us: more than any run does. */
const receiveWindow = 0x7fff0000;
const nothing = Buffer.alloc(0);

/** A link over gRPC. */
export interface GrpcLink extends Link {
  /** Says that no more messages will be sent, which is when a call with one request begins. */
  readonly endSending: () => void;
}

/** Messages of one gRPC call over HTTP/2 by hand: one connection, one stream, headers as literals. */
export async function openGrpcLink(
  port: number,
  events: LinkEvents,
  path: string = connectHeaders[":path"],
): Promise<GrpcLink> {
  const socket = await openSocket(port, (reason) => events.onEnd(reason));
  const window = new SendWindow((bytes) => void socket.write(bytes));
  const readMessages = cutFrames(lengthPrefixedEnd(messageHeadBytes), (bytes, start, end) =>
    events.onMessage(bytes.subarray(start + messageHeadBytes, end)),
  );
  const onFrame = (bytes: Buffer, start: number, end: number): void => {
    const flags = bytes[start + 4] ?? 0;
    const payload = bytes.subarray(start + frameHeadBytes, end);
    switch (bytes[start + 3]) {
      case frameType.data:
        readMessages(payload);
        if ((flags & flag.endStream) !== 0) events.onEnd("the server ended the call");
        break;
      case frameType.headers:
        if ((flags & flag.endStream) !== 0) events.onEnd("the server ended the call");
        break;
      case frameType.settings:
        if ((flags & flag.ack) === 0) {
          takeSettings(payload, window);
          socket.write(http2Frame(frameType.settings, flag.ack, 0, nothing));
        }
        break;
      case frameType.windowUpdate:
        window.grow(bytes.readUInt32BE(start + 5), payload.readUInt32BE(0));
        break;
      case frameType.ping:
        if ((flags & flag.ack) === 0)
          socket.write(http2Frame(frameType.ping, flag.ack, 0, payload));
        break;
      case frameType.rstStream:
      case frameType.goaway:
        events.onEnd("the server reset the call");
        break;
      default:
    }
  };
  socket.on(
    "data",
    cutFrames(
      (bytes, at) =>
        at + frameHeadBytes > bytes.length
          ? Infinity
          : at + frameHeadBytes + bytes.readUIntBE(at, 3),
      onFrame,
    ),
  );
  socket.write(opening(path));
  return {
    socket,
    send: (message) => sendMessage(message, window),
    endSending: () => void socket.write(http2Frame(frameType.data, flag.endStream, 1, nothing)),
  };
}

function opening(path: string): Buffer {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(initialWindow);
  setting.writeUInt32BE(receiveWindow, 2);
  const growth = Buffer.alloc(4);
  growth.writeUInt32BE(receiveWindow - 65_535);
  const headers = headerBlock({ ...connectHeaders, ":path": path });
  return Buffer.concat([
    preface,
    http2Frame(frameType.settings, 0, 0, setting),
    http2Frame(frameType.windowUpdate, 0, 0, growth),
    http2Frame(frameType.headers, flag.endHeaders, 1, headers),
  ]);
}

function takeSettings(payload: Buffer, window: SendWindow): void {
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    if (payload.readUInt16BE(at) === initialWindow) window.setInitial(payload.readUInt32BE(at + 2));
  }
}

/** One message in as few DATA frames as the default frame size allows, each with the head of the message in the first. */
function sendMessage(message: Uint8Array, window: SendWindow): void {
  let from = 0;
  let headBytes = messageHeadBytes;
  do {
    const taken = Math.min(message.length - from, framePayloadMax - headBytes);
    const size = headBytes + taken;
    const frame = Buffer.allocUnsafe(frameHeadBytes + size);
    frame.writeUIntBE(size, 0, 3);
    frame[3] = frameType.data;
    frame[4] = 0;
    frame.writeUInt32BE(1, 5);
    if (headBytes > 0) {
      frame[frameHeadBytes] = 0;
      frame.writeUInt32BE(message.length, frameHeadBytes + 1);
    }
    frame.set(message.subarray(from, from + taken), frameHeadBytes + headBytes);
    window.send(frame, size);
    from += taken;
    headBytes = 0;
  } while (from < message.length);
}
