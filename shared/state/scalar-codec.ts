import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";

/** A value of a column as it was sent: what two commits are compared by. */
export type Sent = number | bigint | string | boolean | Uint8Array;

/** Carries the values of one scalar type between rows and the wire. */
export interface ScalarCodec {
  /** The protobuf wire type. */
  readonly wireType: number;
  /** What would be sent for a row's value, or undefined when it is not a value of this type. */
  toSent(value: unknown): Sent | undefined;
  /** Why {@link toSent} gave nothing, where that can be said better than by the type of the value. */
  reason?(value: unknown): string | undefined;
  /** Writes what {@link toSent} gave, without a tag. */
  write(writer: WireWriter, sent: Sent): void;
  /** Reads a row's value. @throws RoomlineError `malformed-frame` */
  read(reader: WireReader): unknown;
}

/** Whether two sent values are the same on the wire. NaN is the same as NaN; 0 is not the same as -0. */
export function sameSent(a: Sent | undefined, b: Sent | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return Object.is(a, b);
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
