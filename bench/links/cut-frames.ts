const nothing: Buffer = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames. `frameEnd` says where the frame that begins at `at` ends, or Infinity while its head is
 * not all there.
 */
export function cutFrames(
  frameEnd: (bytes: Buffer, at: number) => number,
  onFrame: (bytes: Buffer, start: number, end: number) => void,
): (chunk: Buffer) => void {
  let rest = nothing;
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const end = frameEnd(bytes, at);
      if (end > bytes.length) break;
      onFrame(bytes, at, end);
      at = end;
    }
    rest = at === bytes.length ? nothing : bytes.subarray(at);
  };
}

/** The end of a frame behind a head of `headBytes` that ends in a 32-bit length: 4 for plain TCP, 5 for gRPC. */
export function lengthPrefixedEnd(headBytes: number): (bytes: Buffer, at: number) => number {
  return (bytes, at) =>
    at + headBytes > bytes.length
      ? Infinity
      : at + headBytes + bytes.readUInt32BE(at + headBytes - 4);
}
