import { fromBinary, type DescMessage, type Message } from "@bufbuild/protobuf";

/**
 * Reads the message that the bytes from `start` to `end` are, and gives what protobuf-es gives. Fields of bytes are views
 * into `bytes`. Throws whatever it likes on malformed bytes.
 */
export type MessageDecoder = (bytes: Uint8Array, start: number, end: number) => Message;

/** Makes the decoder of a message type. */
export type MessageDecoderOf = (desc: DescMessage) => MessageDecoder;

/** Reads with protobuf-es. */
export const plainMessageDecoder: MessageDecoderOf = (desc) => (bytes, start, end) =>
  fromBinary(desc, partOf(bytes, start, end));

/** The bytes from `start` to `end`; no new view when that is all of them. */
export function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}
