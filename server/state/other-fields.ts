import { ScalarType } from "@bufbuild/protobuf";
import { RoomlineError } from "../../shared/errors.ts";
import {
  FieldImage_Form as Form,
  type FieldImage,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import { isNumberType } from "../../shared/state/number.ts";
import type { RowLayout } from "../../shared/state/row-layout.ts";
import { scalarCodec } from "../../shared/state/scalar.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { fieldsOf, isSameField, type FieldAbout } from "./field-image.ts";
import { readExact } from "./exact-number.ts";

/** A field of an image: how its value is read, and what it is here. */
export interface FieldStep {
  /** What it was called there. */
  readonly name: string;
  /** Reads the value, whether or not it is wanted; undefined: it was the default there. */
  readonly read: (reader: WireReader) => unknown;
  readonly to: Column | MergedField | undefined;
}

/**
 * How rows of an image are read that was written with other fields: they are matched by name, and one that has only another name by its
 * number. What is not there any more is read and let go of; what is new has its default (rule MV-7).
 * @throws RoomlineError `contract-mismatch`: a field has another type, with the table and the field
 */
export function planFields(
  table: string,
  theirs: readonly FieldImage[],
  layout: RowLayout,
): readonly FieldStep[] {
  const here = [...layout.columns, ...layout.merged];
  const ours = fieldsOf(layout);
  checkRows(table, theirs, ours);
  const names = new Set(theirs.map(({ name }) => name));
  return theirs.map((field) => {
    const index = indexOf(field, ours, names);
    const our = ours[index];
    if (our !== undefined) checkType(table, field, our);
    return { name: field.name, read: readerOf(field, our), to: here[index] };
  });
}

/** The fields by the names they have here, of those that came along. */
export function renamed(
  values: Readonly<Record<string, unknown>>,
  steps: readonly FieldStep[],
): Record<string, unknown> {
  const entries = steps.flatMap(({ name, to }) =>
    to !== undefined && Object.hasOwn(values, name) ? [[to.localName, values[name]] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** Whether whoever reads rows by these fields reads ours as well: each is there under its numbers, and means the same. */
export function areUnderstood(theirs: readonly FieldImage[], ours: readonly FieldAbout[]): boolean {
  const names = new Set(theirs.map(({ name }) => name));
  return theirs.every((field) => {
    const our = ours[indexOf(field, ours, names)];
    return our !== undefined && isSameField(field, our);
  });
}

/** Where a field of theirs is among ours; -1: nowhere. */
function indexOf(
  { name, numbers, type }: FieldImage,
  ours: readonly FieldAbout[],
  theirNames: ReadonlySet<string>,
): number {
  const named = ours.findIndex((field) => field.name === name);
  if (named >= 0) return named;
  return ours.findIndex(
    (field) =>
      !theirNames.has(field.name) && field.type === type && field.numbers.join() === numbers.join(),
  );
}

/** JSON values are no messages. */
function checkRows(
  table: string,
  theirs: readonly FieldAbout[],
  ours: readonly FieldAbout[],
): void {
  const isJson = (fields: readonly FieldAbout[]) => fields.some(({ form }) => form === Form.JSON);
  if (isJson(theirs) === isJson(ours)) return;
  const [there, here] = isJson(theirs) ? ["JSON", "messages"] : ["messages", "JSON"];
  throw new RoomlineError(
    "contract-mismatch",
    `Table "${table}": its rows are ${there} in the image, and ${here} here. Give a table of another type another name.`,
  );
}

function checkType(table: string, theirs: FieldImage, ours: FieldAbout): void {
  if (theirs.type === ours.type) return;
  throw new RoomlineError(
    "contract-mismatch",
    `Table "${table}", field "${theirs.name}": it is ${theirs.type} in the image, and ${ours.type} here. ` +
      "Give a field of another type another name.",
  );
}

function readerOf(
  { form, scalar, numbers }: FieldImage,
  ours: FieldAbout | undefined,
): FieldStep["read"] {
  switch (form) {
    case Form.MERGED: {
      const [from = 0] = numbers;
      const [to = from] = ours?.numbers ?? [];
      const isOne = numbers.length === 1 && ours?.numbers.length === 1 && from !== to;
      return (reader) => {
        const bytes = new Uint8Array(reader.delimited());
        return isOne ? withNumber(bytes, to) : bytes;
      };
    }
    case Form.NUMBER:
      return (reader) => readExact(reader, numberTypeOf(scalar));
    case Form.VALUE: {
      const codec = scalarCodec(scalarOf(scalar));
      return (reader) => (reader.varint() === 0 ? undefined : codec.read(reader));
    }
    case Form.JSON:
      return (reader) =>
        reader.varint() === 0 ? undefined : (JSON.parse(reader.string()) as unknown);
    default:
      throw unknownForm();
  }
}

function numberTypeOf(scalar: number) {
  const type = scalarOf(scalar);
  if (isNumberType(type)) return type;
  throw unknownForm();
}

function scalarOf(number: number): ScalarType {
  const types: readonly unknown[] = Object.values(ScalarType);
  const isScalar = (value: unknown): value is ScalarType => types.includes(value);
  const type: unknown = number;
  if (isScalar(type)) return type;
  throw unknownForm();
}

function unknownForm(): RoomlineError {
  return new RoomlineError("invalid-image", "The image has a field of a kind that is not known.");
}

/** The same encoded field, under another number. */
function withNumber(bytes: Uint8Array, number: number): Uint8Array {
  const reader = new WireReader(bytes);
  const writer = new WireWriter(bytes.length + 8);
  while (reader.pos < reader.end) {
    const wireType = reader.varint() & 7;
    const start = reader.pos;
    reader.skip(wireType);
    writer.varint(number * 8 + wireType);
    writer.raw(bytes.subarray(start, reader.pos));
  }
  return writer.copy();
}
