/** A key as RFC 6455 has it in its example, and what is to be answered to it. */
const key = "dGhlIHNhbXBsZSBub25jZQ==";
export const acceptOfKey = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The head of an upgrade, with these headers in place of the usual ones; an empty one is left out. */
export function upgradeHead(
  path = "/connect",
  headers: Readonly<Record<string, string>> = {},
): string {
  const all = {
    host: "game.example",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a frame may be like. */
interface RawFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default true: the last one of its message. */
  readonly fin?: boolean;
  /** Default true, as a client has to. */
  readonly masked?: boolean;
}

/** The bytes of a frame with up to 65,535 bytes of payload. */
export function rawFrame({
  opcode: code,
  payload = "",
  fin = true,
  masked = true,
}: RawFrame): Buffer {
  const bytes = Buffer.from(payload);
  const short = bytes.length < 126;
  const head = [
    (fin ? 0x80 : 0) | code,
    (masked ? 0x80 : 0) | (short ? bytes.length : 126),
    ...(short ? [] : [bytes.length >> 8, bytes.length & 0xff]),
  ];
  const mask = [1, 2, 3, 4];
  const sent = masked ? bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : bytes;
  return Buffer.from([...head, ...(masked ? mask : []), ...sent]);
}

/** A close frame of a client. */
export function rawClose(code: number, text: string | Uint8Array = ""): Buffer {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(text)]);
  return rawFrame({ opcode: opcode.close, payload });
}

/** A frame as a server sent it. */
interface ReadFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What came behind the head of the answer. */
export function readFrames(answer: string): ReadFrame[] {
  let rest = Buffer.from(answer.slice(answer.indexOf("\r\n\r\n") + 4), "latin1");
  const frames: ReadFrame[] = [];
  while (rest.length > 0) {
    const first = rest[1] ?? 0;
    const headBytes = first < 126 ? 2 : first === 126 ? 4 : 10;
    const length =
      first < 126 ? first : first === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    const payload = rest.subarray(headBytes, headBytes + length);
    frames.push({ opcode: (rest[0] ?? 0) & 0x0f, payload });
    rest = rest.subarray(headBytes + length);
  }
  return frames;
}

/** Code and text of the close frame in an answer. */
export function readClose(answer: string): readonly [code: number, text: string] | undefined {
  const close = readFrames(answer).find((frame) => frame.opcode === opcode.close);
  if (close === undefined) return undefined;
  return [close.payload.readUInt16BE(0), close.payload.subarray(2).toString()];
}
