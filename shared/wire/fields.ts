import { varintSize, type WireWriter } from "./wire-writer.ts";

// Fields of protobuf messages, for the few messages that are most of what is written. Field numbers are below 16: their tags are a byte.

export const varintType = 0;
export const fixed64Type = 1;
export const bytesType = 2;

/** What stands before the value of a field. */
export function tagOf(field: number, type: number): number {
  return (field << 3) | type;
}

/** An unsigned integer, or a bool. What is 0 is left out, as proto3 has it. */
export function writeNumber(out: WireWriter, field: number, value: number): void {
  if (value === 0) return;
  out.byte(tagOf(field, varintType));
  out.varint(value);
}

/** Bytes. What is empty is left out. */
export function writeBytes(out: WireWriter, field: number, value: Uint8Array | undefined): void {
  if (value === undefined || value.length === 0) return;
  out.byte(tagOf(field, bytesType));
  out.delimited(value);
}

/** Unsigned integers, packed. */
export function writeNumbers(out: WireWriter, field: number, values: readonly number[]): void {
  if (values.length === 0) return;
  out.byte(tagOf(field, bytesType));
  out.varint(values.reduce((size, value) => size + varintSize(value), 0));
  for (const value of values) out.varint(value);
}

/** What another writer has: the message of a field, the tag of which is written. */
export function writeNested(out: WireWriter, inner: WireWriter): void {
  out.varint(inner.pos);
  out.raw(inner.bytes.subarray(0, inner.pos));
}
