import { ScalarType } from "@bufbuild/protobuf";
import { int64Codec } from "./integer.ts";
import { isNumberType, numberWireType, readNumber, sentNumber, writeNumber } from "./number.ts";
import type { ScalarCodec } from "./scalar-codec.ts";

const loneSurrogate = /\p{Surrogate}/u;

/** Whether a string can be UTF-8: protobuf strings must be, and keys too. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

const boolCodec: ScalarCodec = {
  wireType: 0,
  toSent: (value) => (typeof value === "boolean" ? value : undefined),
  write: (writer, sent) => writer.byte(sent === true ? 1 : 0),
  read: (reader) => reader.bool(),
};

const stringCodec: ScalarCodec = {
  wireType: 2,
  toSent: (value) => (typeof value === "string" && isWellFormed(value) ? value : undefined),
  write: (writer, sent) => writer.string(sent as string),
  read: (reader) => reader.string(),
};

const bytesCodec: ScalarCodec = {
  wireType: 2,
  toSent: (value) => (value instanceof Uint8Array ? value : undefined),
  write: (writer, sent) => writer.delimited(sent as Uint8Array),
  // A copy: the frame it came in must not live as long as the row.
  read: (reader) => new Uint8Array(reader.delimited()),
};

/** The codec of a protobuf scalar type. `longAsString` is the field option jstype = JS_STRING. */
export function scalarCodec(type: ScalarType, longAsString = false): ScalarCodec {
  if (isNumberType(type)) {
    return {
      wireType: numberWireType(type),
      toSent: (value) => sentNumber(type, value),
      write: (writer, sent) => writeNumber(writer, type, sent as number),
      read: (reader) => readNumber(reader, type),
    };
  }
  if (type === ScalarType.BOOL) return boolCodec;
  if (type === ScalarType.STRING) return stringCodec;
  if (type === ScalarType.BYTES) return bytesCodec;
  return int64Codec(type, longAsString);
}
