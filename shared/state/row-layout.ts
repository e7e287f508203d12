import {
  create,
  ScalarType,
  toBinary,
  type DescField,
  type DescMessage,
  type DescOneof,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";
import { isJsonType, type PayloadType } from "../contract/payload-type.ts";
import { RoomlineError } from "../errors.ts";
import { jsonCodec } from "./json-codec.ts";
import { isNumberType, type NumberType } from "./number.ts";
import { scalarCodec } from "./scalar.ts";
import type { ScalarCodec, Sent } from "./scalar-codec.ts";

/** The fields of a row by name. A JSON row is a box around its value, so that a value that is no object fits too. */
export type Row = Record<string, unknown>;

/** A singular scalar or enum field: its value travels in the rows of a RowGroup. */
export interface Column {
  /** Position among all fields of the layout, columns first. */
  readonly index: number;
  readonly localName: string;
  /** The protobuf field number. */
  readonly number: number;
  /** The protobuf tag: field number and wire type. */
  readonly tag: number;
  /** Set on columns that always hold a number: these are compared and written without boxing. */
  readonly numberType: NumberType | undefined;
  /** The value may be undefined, which is then sent as a cleared field. */
  readonly optional: boolean;
  /** What a row holds that was never given a value, in its sent form. */
  readonly defaultValue: Sent | undefined;
  /** The value can change without being replaced: it is compared by content. */
  readonly mutable: boolean;
  /** The type for people. */
  readonly typeName: string;
  readonly codec: ScalarCodec;
}

/** A repeated, map or message field or a whole oneof: it travels in a message to merge, replaced whole. */
export interface MergedField {
  readonly index: number;
  readonly localName: string;
  /** The field numbers to clear: one, or those of all members of a oneof. Ascending. */
  readonly numbers: readonly number[];
  readonly typeName: string;
  /**
   * The field encoded with its tag, empty when it holds nothing.
   * @throws whatever a value that is not of its type makes the protobuf encoder throw
   */
  encode(value: unknown): Uint8Array;
}

/** How the rows of a table are laid out, in memory and on the wire (rules ST). */
export interface RowLayout {
  /** For messages and logs: the message type, or "json". */
  readonly typeName: string;
  /** The message that the merged part of a row is; undefined for JSON rows, which have none. */
  readonly desc: DescMessage | undefined;
  readonly columns: readonly Column[];
  readonly merged: readonly MergedField[];
  /** Columns and merged fields together. */
  readonly fieldCount: number;
  /**
   * A new row with the values given and defaults for the rest. All rows have the same fields in the same order.
   * @throws RoomlineError `invalid-payload` when a JSON value has no JSON
   */
  create(init: unknown): Row;
  /** What user code gets of a row: itself, or the value in the box of a JSON row. */
  expose(row: Row): unknown;
}

/**
 * Works out the layout of a row type.
 * @throws RoomlineError `invalid-config` for messages with required fields, which cannot be sent in part
 */
export function createRowLayout(type: PayloadType): RowLayout {
  return isJsonType(type) ? jsonLayout() : messageLayout(type);
}

function jsonLayout(): RowLayout {
  const column: Column = {
    index: 0,
    localName: "json",
    number: 1,
    tag: (1 << 3) | jsonCodec.wireType,
    numberType: undefined,
    optional: false,
    defaultValue: "",
    mutable: true,
    typeName: "json",
    codec: jsonCodec,
  };
  return {
    typeName: "json",
    desc: undefined,
    columns: [column],
    merged: [],
    fieldCount: 1,
    create(init) {
      const text = jsonCodec.toSent(init);
      if (typeof text !== "string") {
        throw new RoomlineError("invalid-payload", `A row of type ${typeof init} has no JSON.`);
      }
      return { json: JSON.parse(text) as unknown };
    },
    expose: (row) => row["json"],
  };
}

type ColumnField = DescField & { readonly fieldKind: "scalar" | "enum" };

function isColumn(member: DescField | DescOneof): member is ColumnField {
  return member.kind === "field" && (member.fieldKind === "scalar" || member.fieldKind === "enum");
}

function messageLayout(desc: DescMessage): RowLayout {
  const required = desc.fields.find((field) => field.presence === FieldPresence.LEGACY_REQUIRED);
  if (required !== undefined) {
    throw new RoomlineError(
      "invalid-config",
      `${desc.typeName}.${required.name} is required: a table row cannot have required fields.`,
    );
  }
  // Reading through a fresh message gives the defaults that prototypes hold, too.
  const blank = create(desc) as unknown as Row;
  const columns = desc.members
    .filter(isColumn)
    .sort((a, b) => a.number - b.number)
    .map((field, index) => columnOf(field, index, blank[field.localName]));
  const merged = desc.members
    .filter((member) => !isColumn(member))
    .map((member, index) => mergedFieldOf(desc, member, columns.length + index));
  const names = desc.members.map((member) => member.localName);
  const template = templateOf(names, blank);
  return {
    typeName: desc.typeName,
    desc,
    columns,
    merged,
    fieldCount: columns.length + merged.length,
    create(init) {
      const message = create(desc, init as Row | undefined) as unknown as Row;
      const row = { ...template };
      for (const name of names) row[name] = message[name];
      return row;
    },
    expose: (row) => row,
  };
}

/**
 * An object to copy rows from. Parsed from JSON because an object that gets its fields one by one under computed names
 * becomes a slow dictionary after some sixteen of them; a copy of a fast object is fast.
 */
function templateOf(names: readonly string[], blank: Row): Row {
  const fields = names.map((name) => {
    const value = blank[name];
    return `${JSON.stringify(name)}:${typeof value === "number" ? 0 : null}`;
  });
  return JSON.parse(`{${fields.join(",")}}`) as Row;
}

function columnOf(field: ColumnField, index: number, blank: unknown): Column {
  const isEnum = field.fieldKind === "enum";
  const type = isEnum ? ScalarType.INT32 : field.scalar;
  const codec = isEnum
    ? enumCodec(field, scalarCodec(type))
    : scalarCodec(type, field.longAsString);
  // With proto3 `optional` a row may hold undefined. Elsewhere protobuf-es types a field of explicit presence as one that
  // always has a value, so it is one here.
  const optional =
    field.presence === FieldPresence.EXPLICIT &&
    field.parent.file.edition === Edition.EDITION_PROTO3;
  const hot = isNumberType(type) && !optional && (!isEnum || field.enum.open);
  return {
    index,
    localName: field.localName,
    number: field.number,
    tag: field.number * 8 + codec.wireType,
    numberType: hot ? type : undefined,
    optional,
    defaultValue: optional ? undefined : codec.toSent(blank),
    mutable: type === ScalarType.BYTES,
    typeName: isEnum ? field.enum.typeName : scalarNames[type],
    codec,
  };
}

/** A closed enum takes only the values it declares. */
function enumCodec(field: ColumnField & { readonly fieldKind: "enum" }, codec: ScalarCodec) {
  if (field.enum.open) return codec;
  const values = new Set<unknown>(field.enum.values.map((value) => value.number));
  return {
    ...codec,
    toSent: (value: unknown) => (values.has(value) ? codec.toSent(value) : undefined),
  };
}

function mergedFieldOf(
  desc: DescMessage,
  member: DescField | DescOneof,
  index: number,
): MergedField {
  const { localName } = member;
  const scratch = create(desc);
  const fields = scratch as unknown as Row;
  const empty = fields[localName];
  const numbers = member.kind === "oneof" ? member.fields.map((f) => f.number) : [member.number];
  return {
    index,
    localName,
    numbers: numbers.sort((a, b) => a - b),
    typeName: member.kind === "oneof" ? "oneof" : member.fieldKind,
    encode(value) {
      checkShape(member, value);
      fields[localName] = value;
      try {
        return toBinary(desc, scratch);
      } finally {
        fields[localName] = empty;
      }
    },
  };
}

/** The encoder takes these for empty instead of refusing them. */
function checkShape(member: DescField | DescOneof, value: unknown): void {
  const kind = member.kind === "oneof" ? "oneof" : member.fieldKind;
  const fits =
    kind === "list"
      ? Array.isArray(value)
      : kind === "message"
        ? value !== null
        : typeof value === "object" && value !== null && !Array.isArray(value);
  if (!fits) throw new TypeError(`a ${kind} field cannot hold this`);
}

const scalarNames: Readonly<Record<ScalarType, string>> = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "fixed64",
  [ScalarType.FIXED32]: "fixed32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "sfixed32",
  [ScalarType.SFIXED64]: "sfixed64",
  [ScalarType.SINT32]: "sint32",
  [ScalarType.SINT64]: "sint64",
};
