/** Bytes of the prefix of a gRPC message: a flag and a length. */
export const grpcPrefixBytes = 5;

/**
 * Writes the prefix of an uncompressed message into `buffer` from `at` on; what is behind it there is the message, and `more`
 * bytes of it follow elsewhere.
 */
export function writeGrpcPrefix(buffer: Uint8Array, at = 0, more = 0): void {
  const length = buffer.length - at - grpcPrefixBytes + more;
  buffer[at] = 0;
  buffer[at + 1] = length >>> 24;
  buffer[at + 2] = (length >>> 16) & 0xff;
  buffer[at + 3] = (length >>> 8) & 0xff;
  buffer[at + 4] = length & 0xff;
}

/** The message as it goes over the wire. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(grpcPrefixBytes + message.length);
  framed.set(message, grpcPrefixBytes);
  writeGrpcPrefix(framed);
  return framed;
}
