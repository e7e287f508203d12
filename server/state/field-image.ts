import { ScalarType, type DescField, type DescMessage, type DescOneof } from "@bufbuild/protobuf";
import {
  FieldImage_Form as Form,
  type FieldImage,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Column } from "../../shared/state/column.ts";
import { jsonCodec } from "../../shared/state/json-codec.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import type { RowLayout } from "../../shared/state/row-layout.ts";
import { isNumberColumn } from "./number-code.ts";

/** A field of the rows of a table, as an image has it. */
export type FieldAbout = Omit<FieldImage, "$typeName" | "$unknown">;

/** The fields of a row, columns first: the order in which an image has their values. */
export function fieldsOf({ columns, merged, desc }: RowLayout): readonly FieldAbout[] {
  const scalars = new Map(desc?.fields.map((field) => [field.number, scalarOf(field)]));
  return [
    ...columns.map((column) => aboutColumn(column, scalars.get(column.number) ?? 0)),
    ...merged.map((field) => aboutMerged(field, desc)),
  ];
}

/** Whether two lists of fields are the same: then rows of one are read as rows of the other. */
export function sameFields(some: readonly FieldAbout[], others: readonly FieldAbout[]): boolean {
  return (
    some.length === others.length &&
    some.every((field, index) => {
      const other = others[index];
      return other !== undefined && field.name === other.name && isSameField(field, other);
    })
  );
}

/** Whether the values of two fields are written and sent alike, whatever the fields are called. */
export function isSameField(one: FieldAbout, other: FieldAbout): boolean {
  return (
    one.type === other.type &&
    one.form === other.form &&
    one.numbers.join() === other.numbers.join()
  );
}

function aboutColumn(column: Column, scalar: ScalarType | 0): FieldAbout {
  const { localName: name, number, typeName: type } = column;
  const isJson = column.codec === jsonCodec;
  const form = isJson ? Form.JSON : isNumberColumn(column) ? Form.NUMBER : Form.VALUE;
  return { name, numbers: [number], type, form, scalar };
}

function aboutMerged(field: MergedField, desc: DescMessage | undefined): FieldAbout {
  const { localName: name, numbers } = field;
  const member = desc?.members.find((one) => one.localName === name);
  const type = member === undefined ? field.typeName : typeOfMember(member);
  return { name, numbers: [...numbers], type, form: Form.MERGED, scalar: 0 };
}

function scalarOf(field: DescField): ScalarType | 0 {
  if (field.fieldKind === "scalar") return field.scalar;
  return field.fieldKind === "enum" ? ScalarType.INT32 : 0;
}

/** The type of a field as people write it. */
function typeOfMember(member: DescField | DescOneof): string {
  if (member.kind === "oneof") return "oneof";
  switch (member.fieldKind) {
    case "list":
      return `repeated ${elementOf(member.listKind, member)}`;
    case "map":
      return `map<${ScalarType[member.mapKey].toLowerCase()}, ${elementOf(member.mapKind, member)}>`;
    case "message":
      return member.message.typeName;
    case "enum":
      return member.enum.typeName;
    case "scalar":
      return ScalarType[member.scalar].toLowerCase();
  }
}

function elementOf(
  kind: "scalar" | "enum" | "message",
  field: {
    readonly scalar?: ScalarType | undefined;
    readonly enum?: { readonly typeName: string } | undefined;
    readonly message?: { readonly typeName: string } | undefined;
  },
): string {
  if (kind === "message") return field.message?.typeName ?? kind;
  if (kind === "enum") return field.enum?.typeName ?? kind;
  return field.scalar === undefined ? kind : ScalarType[field.scalar].toLowerCase();
}
