import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { cutFrames } from "./cut-frames.ts";
import type { Link, LinkEvents } from "./link.ts";
import { openSocket } from "./open-socket.ts";

/** What distinguishes one WebSocket peer from another. */
export interface WsLinkOptions {
  /** Path and query of the upgrade request. */
  readonly path: string;
  /** Messages are text, not binary. Default false. */
  readonly text?: boolean;
}

const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const final = 0x80;
/** Masked with zeros (RFC 6455, section 5.3): valid, and nothing to compute. */
const masked = 0x80;

/** WebSocket messages, without extensions. Pings are answered. */
export async function openWsLink(
  port: number,
  events: LinkEvents,
  { path, text = false }: WsLinkOptions,
): Promise<Link> {
  const socket = await openSocket(port, (reason) => events.onEnd(reason));
  const first = await upgrade(socket, path);
  const read = cutFrames(frameEnd, (bytes, start, end) => {
    const payload = bytes.subarray(payloadStart(bytes, start), end);
    const kind = (bytes[start] ?? 0) & 0x0f;
    if (kind === opcode.text || kind === opcode.binary) events.onMessage(payload);
    else if (kind === opcode.ping) socket.write(clientFrame(opcode.pong, payload));
    else if (kind === opcode.close) events.onEnd(closeReason(payload));
  });
  // Whoever waits for the link has it before the first message comes.
  setImmediate(() => {
    if (first.length > 0) read(first);
    socket.on("data", read);
    socket.resume();
  });
  const messageOpcode = text ? opcode.text : opcode.binary;
  return { socket, send: (message) => void socket.write(clientFrame(messageOpcode, message)) };
}

/** Asks for the upgrade; resolves with what came behind the answer, and leaves the socket paused. */
async function upgrade(socket: Socket, path: string): Promise<Buffer> {
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  let answer: Buffer = Buffer.alloc(0);
  while (true) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.pause();
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      socket.resume();
      continue;
    }
    const head = answer.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(`No WebSocket at ${path}: ${head}`);
    return answer.subarray(end + 4);
  }
}

function payloadStart(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return at + (length < 126 ? 2 : length === 126 ? 4 : 10);
}

function frameEnd(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return Infinity;
  const length = bytes[at + 1] ?? 0;
  const start = payloadStart(bytes, at);
  if (start > bytes.length) return Infinity;
  if (length < 126) return start + length;
  if (length === 126) return start + bytes.readUInt16BE(at + 2);
  return start + Number(bytes.readBigUInt64BE(at + 2));
}

function clientFrame(kind: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const headBytes = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = final | kind;
  if (headBytes === 6) frame[1] = masked | length;
  else if (headBytes === 8) {
    frame[1] = masked | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = masked | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.fill(0, headBytes - 4, headBytes);
  frame.set(payload, headBytes);
  return frame;
}

function closeReason(payload: Buffer): string {
  if (payload.length < 2) return "closed without a reason";
  return `closed with ${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`;
}
