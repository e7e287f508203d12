import { connect, type Socket } from "node:net";
import { waitUntil } from "./wait-until.ts";

/** What a HTTP/2 client sends first. */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Numbers of RFC 9113, section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
} as const;

export const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

/** ENHANCE_YOUR_CALM. */
export const calm = 11;

/** One HTTP/2 frame. */
interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The bytes of a frame. */
export function http2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers as literals without indexing, the plainest HPACK there is (RFC 7541, section 6.2.2). */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat([noDynamicTable, ...headerFields(headers)]);
}

/** The server wants no dynamic table, which the first block must confirm (RFC 7541, section 4.2). */
const noDynamicTable = Buffer.from([0x20]);

/** Fields that go on with a block. */
export function headerFields(headers: Readonly<Record<string, string>>): Buffer[] {
  return Object.entries(headers).flatMap(([name, value]) => [
    Buffer.from([0]),
    hpackString(name),
    hpackString(value),
  ]);
}

function hpackString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const length = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = rest >>> 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** The head of a Connect call. */
export const connectHeaders = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/roomline.v1.RealtimeService/Connect",
  ":authority": "localhost",
  "content-type": "application/grpc",
  te: "trailers",
} as const;

/** A client that speaks HTTP/2 byte by byte, so that a test can say whatever it likes. */
export class RawHttp2 {
  readonly socket: Socket;
  readonly frames: Http2Frame[] = [];
  closed = false;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("data", (chunk) => this.#read(chunk));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => (this.closed = true));
  }

  /** Connects, exchanges settings. */
  static async open(port: number): Promise<RawHttp2> {
    const client = new RawHttp2(port);
    client.socket.write(preface);
    client.send(frameType.settings, 0, 0, Buffer.alloc(0));
    await client.until(
      (frame) => frame.type === frameType.settings && frame.flags === 0,
      "settings",
    );
    client.send(frameType.settings, flag.ack, 0, Buffer.alloc(0));
    return client;
  }

  send(type: number, flags: number, stream: number, payload: Uint8Array): void {
    this.socket.write(http2Frame(type, flags, stream, payload));
  }

  /** Begins a Connect call. */
  call(stream: number, headers: Readonly<Record<string, string>> = connectHeaders): void {
    this.send(frameType.headers, flag.endHeaders, stream, headerBlock(headers));
  }

  /** Waits for a frame like this. */
  async until(matches: (frame: Http2Frame) => boolean, what: string): Promise<Http2Frame> {
    await waitUntil(() => this.frames.some(matches), what);
    return this.frames.find(matches) ?? { type: -1, flags: 0, stream: 0, payload: Buffer.alloc(0) };
  }

  async untilClosed(): Promise<void> {
    await waitUntil(() => this.closed, "the connection to end");
  }

  /** The error code of the GOAWAY that came last. */
  get goawayCode(): number | undefined {
    return this.frames.findLast(({ type }) => type === frameType.goaway)?.payload.readUInt32BE(4);
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 9) {
      const end = 9 + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) return;
      this.frames.push({
        type: this.#bytes.readUInt8(3),
        flags: this.#bytes.readUInt8(4),
        stream: this.#bytes.readUInt32BE(5) & 0x7fffffff,
        payload: this.#bytes.subarray(9, end),
      });
      this.#bytes = this.#bytes.subarray(end);
    }
  }
}
