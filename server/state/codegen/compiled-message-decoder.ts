import {
  create,
  fromBinary,
  protoInt64,
  ScalarType,
  type DescMessage,
  type Message,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";
import type { MessageDecoder, MessageDecoderOf } from "../../../shared/contract/message-decoder.ts";
import { columnOf, isColumnField, type ColumnField } from "../../../shared/state/column.ts";
import { readInt64 } from "../../../shared/state/integer.ts";
import { WireReader } from "../../../shared/wire/wire-reader.ts";
import { compileFunction } from "./compile-function.ts";

/** Returns undefined for bytes that it leaves to protobuf-es. */
type Decode = (bytes: Uint8Array, start: number, end: number) => Message | undefined;

/** A tag of more bytes is malformed, whatever its value. */
const tagBytesMax = 5;

/** One for all decoders: no decoder calls other code while it reads. It holds the last frame it read. */
const reader = new WireReader(new Uint8Array(0));

/** protobuf-es on a copy, for the bytes may be overwritten later. (The `slice` of a Buffer would be a view.) */
const lastingMessageDecoder: MessageDecoderOf = (desc) => (bytes, start, end) =>
  fromBinary(desc, new Uint8Array(bytes.subarray(start, end)));

/**
 * A decoder made for one message type, as straight-line JavaScript, when the type has only singular fields of numbers,
 * bools, enums, strings and bytes. It returns exactly what protobuf-es returns: bytes with anything unusual (a field
 * it does not know, another wire type, anything malformed) are read by protobuf-es from the start of the message. So are all
 * other types, and all types where Node may not make code from strings. Nothing in a message is a view into the bytes: those
 * of inputs are overwritten at every tick.
 */
export function compileMessageDecoder(
  desc: DescMessage,
  plain: MessageDecoder = lastingMessageDecoder(desc),
): MessageDecoder {
  const decode = compile(desc);
  if (decode === undefined) return plain;
  return (bytes, start, end) => {
    let message: Message | undefined;
    try {
      message = decode(bytes, start, end);
    } catch {
      // Malformed: protobuf-es says how.
    }
    return message ?? plain(bytes, start, end);
  };
}

function compile(desc: DescMessage): Decode | undefined {
  const fields = desc.members.filter(isColumnField).filter(isSimple);
  if (fields.length < desc.members.length) return undefined;
  const blank = create(desc);
  return compileFunction({
    parameters: ["bytes", "start", "end"],
    body: decoderSource(
      fields.map((field, index) => fieldCode(field, index, blank)),
      desc.typeName,
    ),
    scope: { reader, readInt64, blank },
  }) as Decode | undefined;
}

/** Whether the field is a property of the message itself that any value on the wire can be put into. */
function isSimple(field: ColumnField): boolean {
  // Elsewhere fields of explicit presence have their defaults in a prototype.
  const { edition } = field.parent.file;
  const own = field.presence === FieldPresence.IMPLICIT || edition === Edition.EDITION_PROTO3;
  // protobuf-es can be told to do without bigint.
  return own && (field.fieldKind === "enum" ? field.enum.open : protoInt64.supported);
}

/** The parts of source text for one field. */
interface FieldCode {
  /** The property's name, as a string literal. */
  readonly name: string;
  readonly variable: string;
  readonly optional: boolean;
  /** The first value of the variable: the default, or of an optional field `undefined`. */
  readonly start: string;
  readonly tag: number;
  readonly read: string;
}

/** Names come from protobuf descriptors and are put in as JSON strings, so they cannot become code. */
function fieldCode(field: ColumnField, index: number, blank: Message): FieldCode {
  const name = JSON.stringify(field.localName);
  const value: unknown = Reflect.get(blank, field.localName);
  const optional = field.presence !== FieldPresence.IMPLICIT;
  return {
    name,
    variable: `v${index}`,
    optional,
    start: optional ? "undefined" : literal(value, `blank[${name}]`),
    tag: columnOf(field, index, value).tag,
    read: readForm(field),
  };
}

function decoderSource(fields: readonly FieldCode[], typeName: string): string {
  const starts = fields.map(({ variable, start }) => `  var ${variable} = ${start};`);
  const cases = fields.map(
    ({ tag, variable, read }) => `case ${tag}: ${variable} = ${read}; break;`,
  );
  const always = fields.filter(({ optional }) => !optional);
  const properties = always.map(({ name, variable }) => `, ${name}: ${variable}`);
  const optionals = fields
    .filter(({ optional }) => optional)
    .map(
      ({ name, variable }) => `  if (${variable} !== undefined) message[${name}] = ${variable};`,
    );
  return `  var at = 0, n = 0, tag = 0;
${starts.join("\n")}
  reader.reset(bytes, start, end);
  while (reader.pos < end) {
    at = reader.pos;
    tag = reader.varint();
    if (reader.pos - at > ${tagBytesMax}) return undefined;
    switch (tag) {
      ${cases.join("\n      ")}
      default: return undefined;
    }
  }
  var message = { "$typeName": ${JSON.stringify(typeName)}${properties.join("")} };
${optionals.join("\n")}
  return message;`;
}

/** A value as a literal, so that the engine knows its type; bytes have no literal and go by the name given. */
function literal(value: unknown, name: string): string {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Uint8Array ? name : JSON.stringify(value);
}

/** An expression that reads the value of a field. */
function readForm(field: ColumnField): string {
  if (field.fieldKind === "enum") return "reader.varint32()";
  switch (field.scalar) {
    case ScalarType.DOUBLE:
      return "reader.double()";
    case ScalarType.FLOAT:
      return "reader.float()";
    case ScalarType.INT32:
      return "reader.varint32()";
    case ScalarType.UINT32:
      return "reader.varint32() >>> 0";
    case ScalarType.SINT32:
      return "((n = reader.varint32()) >>> 1) ^ -(n & 1)";
    case ScalarType.FIXED32:
      return "reader.fixed32()";
    case ScalarType.SFIXED32:
      return "reader.fixed32() | 0";
    case ScalarType.BOOL:
      return "reader.bool()";
    case ScalarType.STRING:
      return "reader.string()";
    case ScalarType.BYTES:
      return "new Uint8Array(reader.delimited())";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64: {
      const read = `readInt64(reader, ${field.scalar})`;
      return field.longAsString ? `String(${read})` : read;
    }
  }
}
