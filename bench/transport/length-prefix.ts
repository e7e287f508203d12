/**
 * Cuts a byte stream into messages behind a head of `headBytes` that ends in a 32-bit length: 4 for plain TCP, 5 for gRPC.
 */
export function readMessages(
  headBytes: number,
  onMessage: (message: Buffer) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= headBytes) {
      const end = headBytes + bytes.readUInt32BE(headBytes - 4);
      if (bytes.length < end) break;
      onMessage(bytes.subarray(headBytes, end));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  };
}
