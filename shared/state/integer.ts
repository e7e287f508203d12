import { ScalarType } from "@bufbuild/protobuf";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import type { ScalarCodec, Sent } from "./scalar-codec.ts";

/** Scalar types of 64 bits: a row holds a bigint, or a string with the field option jstype = JS_STRING. */
type Int64Type =
  | ScalarType.INT64
  | ScalarType.UINT64
  | ScalarType.SINT64
  | ScalarType.FIXED64
  | ScalarType.SFIXED64;

/** Writes an int32: a negative one takes ten bytes, as if it had 64 bits. */
export function signedVarint(writer: WireWriter, value: number): void {
  if (value >= 0) {
    writer.varint(value);
    return;
  }
  let rest = value;
  for (let count = 0; count < 9; count++) {
    writer.byte((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  writer.byte(1);
}

function writeVarint64(writer: WireWriter, value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    writer.byte(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writer.byte(Number(rest));
}

function writeFixed64(writer: WireWriter, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writer.fixed32(Number(bits & 0xffffffffn));
  writer.fixed32(Number(bits >> 32n));
}

function writeInt64(writer: WireWriter, type: Int64Type, value: bigint): void {
  switch (type) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
      writeVarint64(writer, value);
      return;
    case ScalarType.SINT64:
      writeVarint64(writer, (value << 1n) ^ (value >> 63n));
      return;
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      writeFixed64(writer, value);
  }
}

/** Reads a 64-bit integer. @throws RoomlineError `malformed-frame` */
export function readInt64(reader: WireReader, type: Int64Type): bigint {
  switch (type) {
    case ScalarType.INT64:
      return BigInt.asIntN(64, reader.varint64());
    case ScalarType.UINT64:
      return reader.varint64();
    case ScalarType.SINT64: {
      const bits = reader.varint64();
      return (bits >> 1n) ^ -(bits & 1n);
    }
    case ScalarType.FIXED64:
      return reader.fixed64();
    case ScalarType.SFIXED64:
      return BigInt.asIntN(64, reader.fixed64());
  }
}

/** The value as a bigint if it fits the type. */
function inRange(type: Int64Type, value: bigint): bigint | undefined {
  const unsigned = type === ScalarType.UINT64 || type === ScalarType.FIXED64;
  return (unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) === value
    ? value
    : undefined;
}

const decimal = /^-?\d{1,20}$/;

/** The codec of a 64-bit integer type. Off the hot path: bigint arithmetic allocates. */
export function int64Codec(type: Int64Type, longAsString: boolean): ScalarCodec {
  const wireType = type === ScalarType.FIXED64 || type === ScalarType.SFIXED64 ? 1 : 0;
  if (!longAsString) {
    return {
      wireType,
      toSent: (value) => (typeof value === "bigint" ? inRange(type, value) : undefined),
      write: (writer, sent) => writeInt64(writer, type, sent as bigint),
      read: (reader) => readInt64(reader, type),
    };
  }
  return {
    wireType,
    // The canonical decimal, so that "1" and "01" are the same.
    toSent: (value): Sent | undefined =>
      typeof value === "string" && decimal.test(value)
        ? inRange(type, BigInt(value))?.toString()
        : undefined,
    write: (writer, sent) => writeInt64(writer, type, BigInt(sent as string)),
    read: (reader) => readInt64(reader, type).toString(),
  };
}
