import { ScalarType } from "@bufbuild/protobuf";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { signedVarint } from "./integer.ts";

/** Scalar types whose values are JavaScript numbers: the hot ones. */
export type NumberType =
  | ScalarType.DOUBLE
  | ScalarType.FLOAT
  | ScalarType.INT32
  | ScalarType.UINT32
  | ScalarType.SINT32
  | ScalarType.FIXED32
  | ScalarType.SFIXED32;

/** Whether values of this type are JavaScript numbers. */
export function isNumberType(type: ScalarType): type is NumberType {
  return numberTypes.has(type);
}

const numberTypes: ReadonlySet<ScalarType> = new Set<NumberType>([
  ScalarType.DOUBLE,
  ScalarType.FLOAT,
  ScalarType.INT32,
  ScalarType.UINT32,
  ScalarType.SINT32,
  ScalarType.FIXED32,
  ScalarType.SFIXED32,
]);

/**
 * What would be sent for a number: a float is rounded to 32 bits, an integer's -0 becomes 0. Undefined when the value
 * is not a number, has a fraction where none may be, or is out of range.
 */
export function sentNumber(type: NumberType, value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  switch (type) {
    case ScalarType.FLOAT: {
      const rounded = Math.fround(value);
      return Number.isFinite(rounded) || !Number.isFinite(value) ? rounded : undefined;
    }
    case ScalarType.DOUBLE:
      return value;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return value >>> 0 === value ? value >>> 0 : undefined;
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return (value | 0) === value ? value | 0 : undefined;
  }
}

/** Writes what {@link sentNumber} gave, without a tag. */
export function writeNumber(writer: WireWriter, type: NumberType, sent: number): void {
  switch (type) {
    case ScalarType.FLOAT:
      writer.float(sent);
      return;
    case ScalarType.DOUBLE:
      writer.double(sent);
      return;
    case ScalarType.UINT32:
      writer.varint(sent);
      return;
    case ScalarType.INT32:
      signedVarint(writer, sent);
      return;
    case ScalarType.SINT32:
      writer.varint(((sent << 1) ^ (sent >> 31)) >>> 0);
      return;
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      writer.fixed32(sent);
  }
}

/** Reads a number. @throws RoomlineError `malformed-frame` */
export function readNumber(reader: WireReader, type: NumberType): number {
  switch (type) {
    case ScalarType.FLOAT:
      return reader.float();
    case ScalarType.DOUBLE:
      return reader.double();
    case ScalarType.UINT32:
      return reader.varint32() >>> 0;
    case ScalarType.INT32:
      return reader.varint32();
    case ScalarType.SINT32: {
      const bits = reader.varint32();
      return (bits >>> 1) ^ -(bits & 1);
    }
    case ScalarType.FIXED32:
      return reader.fixed32();
    case ScalarType.SFIXED32:
      return reader.fixed32() | 0;
  }
}

/** The protobuf wire type of a number. */
export function numberWireType(type: NumberType): number {
  if (type === ScalarType.DOUBLE) return 1;
  if (type === ScalarType.FLOAT) return 5;
  return type === ScalarType.FIXED32 || type === ScalarType.SFIXED32 ? 5 : 0;
}
