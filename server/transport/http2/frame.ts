/** Bytes of the header of a HTTP/2 frame (RFC 9113, section 4.1). */
export const frameHeaderBytes = 9;

/** The largest payload every peer takes, and the largest we take: nobody here announces more (section 4.2). */
export const framePayloadBytesMax = 16_384;

/** What is read or written here; node:http2 knows the others (section 6). */
export const frameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

/** Bytes of a WINDOW_UPDATE frame. */
const windowUpdateBytes = frameHeaderBytes + 4;

/** The length in the header that begins at `at`. */
export function payloadBytesAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** The stream of the frame whose header begins at `at`; 0 is the connection. */
export function streamAt(bytes: Uint8Array, at: number): number {
  return numberAt(bytes, at + 5);
}

/** 31 bits: of a stream, or an increment. What the highest bit says is to be ignored. */
export function numberAt(bytes: Uint8Array, at: number): number {
  const high = (((bytes[at] ?? 0) & 0x7f) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** Writes 31 bits. */
export function writeNumber(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = (value >>> 16) & 0xff;
  buffer[at + 2] = (value >>> 8) & 0xff;
  buffer[at + 3] = value & 0xff;
}

/** Writes a header to the beginning of `buffer`. */
export function writeFrameHeader(
  buffer: Uint8Array,
  type: number,
  stream: number,
  payloadBytes: number,
): void {
  buffer[0] = payloadBytes >>> 16;
  buffer[1] = (payloadBytes >>> 8) & 0xff;
  buffer[2] = payloadBytes & 0xff;
  buffer[3] = type;
  buffer[4] = 0;
  writeNumber(buffer, 5, stream);
}

/** The frame that gives a stream, or the connection, this much more to send. */
export function windowUpdate(stream: number, increment: number): Uint8Array {
  const frame = Buffer.allocUnsafe(windowUpdateBytes);
  writeFrameHeader(frame, frameType.windowUpdate, stream, windowUpdateBytes - frameHeaderBytes);
  writeNumber(frame, frameHeaderBytes, increment);
  return frame;
}

/** DATA of one stream, in as many frames as it takes. */
export function dataFrames(stream: number, payload: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += framePayloadBytesMax) {
    const piece = payload.subarray(at, at + framePayloadBytesMax);
    const header = new Uint8Array(frameHeaderBytes);
    writeFrameHeader(header, frameType.data, stream, piece.length);
    frames.push(header, piece);
  }
  return Buffer.concat(frames);
}

/** The frame that says why a connection ends, and which of the peer's streams was the last that was looked at. */
export function goaway(lastStream: number, code: number, why: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(frameHeaderBytes + 8 + why.length);
  writeFrameHeader(frame, frameType.goaway, 0, 8 + why.length);
  writeNumber(frame, frameHeaderBytes, lastStream);
  writeNumber(frame, frameHeaderBytes + 4, code);
  frame.set(why, frameHeaderBytes + 8);
  return frame;
}
