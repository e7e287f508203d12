import type { JsonValue } from "@bufbuild/protobuf";

/** What all fields have. */
interface FieldBase {
  /** What it is called, for people: the title its schema gives, or else the kind of it, such as "text". */
  readonly label: string;
  /** What its schema says about it; empty: nothing. */
  readonly hint: string;
  /** What its schema starts with, as the JSON value of the field; undefined: nothing. */
  readonly preset: JsonValue | undefined;
}

/** A line or more of text. */
export interface TextField extends FieldBase {
  readonly kind: "text";
  /** Characters. */
  readonly lengthMin: number;
  /** Characters; Infinity for no bound. */
  readonly lengthMax: number;
  /** All of them have to be found in the text: regular expressions as JSON Schema has them. */
  readonly patterns: readonly string[];
  /** What it stands for, in the words of JSON Schema: "email", "uri", "date-time" ...; empty: nothing. */
  readonly format: string;
}

/** A number that a double holds. */
export interface NumberField extends FieldBase {
  readonly kind: "number";
  readonly isInteger: boolean;
  /** The least and the greatest there may be; -Infinity and Infinity for no bound. */
  readonly min: number;
  readonly max: number;
  /** It has to be greater than this, and less than that; undefined: no such bound. */
  readonly above: number | undefined;
  readonly below: number | undefined;
  /** It is a multiple of all of these. */
  readonly steps: readonly number[];
  /** Whether NaN, Infinity and -Infinity may be given: fields of protobuf. */
  readonly allowsNonFinite: boolean;
}

/** A whole number of 64 bits. Its JSON is a text of digits. */
export interface BigField extends FieldBase {
  readonly kind: "big";
  readonly min: bigint;
  readonly max: bigint;
}

/** Yes or no. */
export interface BooleanField extends FieldBase {
  readonly kind: "boolean";
}

/** One of a few values, of which there is at least one. Where there is just one, there is nothing to choose. */
export interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  readonly options: readonly { readonly label: string; readonly value: JsonValue }[];
}

/** Bytes, written in base64, or in hexadecimal after 0x. Their JSON is base64. */
export interface BytesField extends FieldBase {
  readonly kind: "bytes";
}

/** A JSON value as text: nothing better is known of it. */
export interface JsonField extends FieldBase {
  readonly kind: "json";
  /** What is wrong with a value that is JSON; undefined: nothing that could be told here. */
  readonly faultOf: ((value: JsonValue) => string | undefined) | undefined;
}

/** What may be left out. */
export interface OptionalField extends FieldBase {
  readonly kind: "optional";
  readonly field: Field;
  /** What stands for it then: nothing at all, or null. */
  readonly absent: "omitted" | "null";
}

/** Any number of the same. */
export interface ListField extends FieldBase {
  readonly kind: "list";
  readonly item: Field;
  readonly itemsMin: number;
  /** Infinity for no bound. */
  readonly itemsMax: number;
  /** No two of them may be the same. */
  readonly isUnique: boolean;
}

/** A list in which every place has a field of its own. */
export interface TupleField extends FieldBase {
  readonly kind: "tuple";
  readonly items: readonly Field[];
}

/** Fields with names: an object, or a message. */
export interface GroupField extends FieldBase {
  readonly kind: "group";
  readonly members: readonly GroupMember[];
}

/** A field of a group. */
export interface GroupMember {
  /** Its name in JSON; of a oneof, which is no name there, that of the oneof. */
  readonly name: string;
  readonly field: Field;
}

/** Keys that the person thinks of, and a value for each. */
export interface MapField extends FieldBase {
  readonly kind: "map";
  readonly key: TextField | NumberField | BigField | ChoiceField;
  readonly value: Field;
  readonly itemsMin: number;
  /** Infinity for no bound. */
  readonly itemsMax: number;
}

/** One of several fields. There is at least one. */
export interface UnionField extends FieldBase {
  readonly kind: "union";
  readonly branches: readonly UnionBranch[];
  /** `value`: it is what the branch gives. `member`: a oneof of protobuf, whose branch is a member of the message it is in. */
  readonly gives: "value" | "member";
}

/** One of the fields of a union. */
export interface UnionBranch {
  /** For people; of a oneof, the name in JSON. */
  readonly name: string;
  readonly field: Field;
}

/**
 * A field of a form. Fields within fields are made when they are first asked for, so that what contains itself has one too:
 * walk along an entry, never through all fields.
 */
export type Field =
  | TextField
  | NumberField
  | BigField
  | BooleanField
  | ChoiceField
  | BytesField
  | JsonField
  | OptionalField
  | ListField
  | TupleField
  | GroupField
  | MapField
  | UnionField;

/** Whether a field is a oneof, whose branches are members of the message around it. */
export function isOneof(field: Field): field is UnionField {
  return field.kind === "union" && field.gives === "member";
}
