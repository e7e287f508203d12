/** The longest header of a frame a server sends: two bytes, and eight for the length (RFC 6455, section 5.2). */
export const webSocketHeaderBytesMax = 10;

/** First byte of a frame: a whole message, and what is in it is binary (RFC 6455, section 5.2). */
export const finalBinary = 0x82;
/** The first frame of a binary message that has more. */
export const binary = 0x02;
export const continuation = 0x00;
export const finalContinuation = 0x80;
const ping = 0x89;
const pong = 0x8a;

/** In the first byte: the last frame of its message. In the second: the payload is masked. */
export const highBit = 0x80;

/** The longest payload whose length is in the second byte; two greater numbers announce two and eight bytes of it. */
export const shortPayloadBytesMax = 125;

/** Bytes of the mask, at the end of the header of a frame that a client sends. */
export const maskBytes = 4;

/** Control frames that end nothing, when they are whole and short. */
export function isPingOrPong(first: number): boolean {
  return first === ping || first === pong;
}

/** Bytes of a masked frame's header. */
export function headerBytesAt(bytes: Uint8Array, at: number): number {
  const short = (bytes[at + 1] ?? 0) & ~highBit;
  return maskBytes + (short <= shortPayloadBytesMax ? 2 : short === 126 ? 4 : 10);
}

/** The length in the header that begins at `at`. */
export function payloadBytesAt(bytes: Uint8Array, at: number): number {
  const short = (bytes[at + 1] ?? 0) & ~highBit;
  if (short <= shortPayloadBytesMax) return short;
  const end = at + (short === 126 ? 4 : 10);
  let length = 0;
  for (let index = at + 2; index < end; index++) length = length * 256 + (bytes[index] ?? 0);
  return length;
}

/**
 * Writes the header of a binary message into the headroom of a buffer, right in front of the frame, of which `more` bytes
 * follow elsewhere. Returns the part of the buffer that is to be sent.
 */
export function writeWebSocketHeader(buffer: Uint8Array, more = 0): Uint8Array {
  const length = buffer.length - webSocketHeaderBytesMax + more;
  if (length < 126) {
    buffer[8] = finalBinary;
    buffer[9] = length;
    return buffer.subarray(8);
  }
  if (length < 65_536) {
    buffer[6] = finalBinary;
    buffer[7] = 126;
    buffer[8] = length >>> 8;
    buffer[9] = length & 0xff;
    return buffer.subarray(6);
  }
  // Of the eight bytes of the length the first four are zero: no frame has 4 GiB.
  buffer.fill(0, 2, 6);
  buffer[0] = finalBinary;
  buffer[1] = 127;
  new DataView(buffer.buffer, buffer.byteOffset).setUint32(6, length);
  return buffer;
}
