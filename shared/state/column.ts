import { ScalarType, type DescField, type DescOneof } from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";
import { jsonCodec } from "./json-codec.ts";
import { isNumberType, type NumberType } from "./number.ts";
import { scalarCodec } from "./scalar.ts";
import type { ScalarCodec, Sent } from "./scalar-codec.ts";

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

/** The one column of a JSON row. */
export const jsonColumn: Column = {
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

/** The descriptor of a column. */
export type ColumnField = DescField & { readonly fieldKind: "scalar" | "enum" };

/** Whether a member of a message is a column; all others are merged fields. */
export function isColumnField(member: DescField | DescOneof): member is ColumnField {
  return member.kind === "field" && (member.fieldKind === "scalar" || member.fieldKind === "enum");
}

/** The column of a field. `blank` is what the field holds in a message that was given nothing. */
export function columnOf(field: ColumnField, index: number, blank: unknown): Column {
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
