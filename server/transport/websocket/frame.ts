/** The longest header of a frame a server sends: two bytes, and eight for the length (RFC 6455, section 5.2). */
export const webSocketHeaderBytesMax = 10;

/** A whole message in one frame, and what is in it is binary. */
export const finalBinary = 0x82;

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
