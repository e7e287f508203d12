import { create } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import {
  PointSchema,
  type Color,
  type EveryTypeSchema,
} from "../gen/roomline/test/v1/every_type_pb.ts";
import type { EditionRowSchema } from "../gen/roomline/test/v1/edition_pb.ts";
import type { RowOf } from "../../shared/contract/payload-type.ts";

type EveryRow = RowOf<typeof EveryTypeSchema>;
type EditionRow = RowOf<typeof EditionRowSchema>;

const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -0, 1, -1, 0x7fff_ffff, -0x8000_0000));
const uint32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, -0, 127, 128, 0xffff_ffff),
);
const double = fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN, Infinity, 0.1));
const float = fc.oneof(
  fc.float(),
  fc.constantFrom(0, -0, NaN, -Infinity, 0.1, 0.2, 1e-50, 16_777_217),
);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("", "x".repeat(127), "é".repeat(80), "x".repeat(300)),
);
const bytes = fc.uint8Array({ maxLength: 6 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const point = fc
  .record({ x: float, y: fc.option(float, { nil: undefined }) })
  .map(({ x, y }) => create(PointSchema, y === undefined ? { x } : { x, y }));
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
// An open enum takes any int32.
const color = fc.oneof(fc.constantFrom(0, 1, 2), int32) as fc.Arbitrary<Color>;

/** A value for each field of EveryType. */
export const everyField: { readonly [Name in keyof EveryRow]-?: fc.Arbitrary<EveryRow[Name]> } = {
  aDouble: double,
  aFloat: float,
  anInt32: int32,
  anInt64: int64,
  aUint32: uint32,
  aUint64: uint64,
  aSint32: int32,
  aSint64: int64,
  aFixed32: uint32,
  aFixed64: uint64,
  aSfixed32: int32,
  aSfixed64: int64,
  aBool: fc.boolean(),
  aString: text,
  someBytes: bytes,
  color,
  maybeDouble: optional(double),
  maybeFloat: optional(float),
  maybeInt32: optional(int32),
  maybeInt64: optional(int64),
  maybeUint32: optional(uint32),
  maybeBool: optional(fc.boolean()),
  maybeString: optional(text),
  maybeBytes: optional(bytes),
  maybeColor: optional(color),
  longString: int64.map(String),
  maybeLongString: optional(uint64.map(String)),
  point: optional(point),
  numbers: fc.array(int32, { maxLength: 3 }),
  words: fc.array(text, { maxLength: 3 }),
  points: fc.array(point, { maxLength: 2 }),
  counts: fc.dictionary(fc.oneof(text, fc.constant("__proto__")), int32, { maxKeys: 3 }),
  places: fc.dictionary(uint32.map(String), point, { maxKeys: 2 }),
  choice: fc.oneof(
    fc.constant({ case: undefined }),
    uint32.map((value) => ({ case: "choiceNumber" as const, value })),
    text.map((value) => ({ case: "choiceText" as const, value })),
    point.map((value) => ({ case: "choicePoint" as const, value })),
  ),
};

/** A value for each field of EditionRow. */
export const editionField: {
  readonly [Name in keyof EditionRow]-?: fc.Arbitrary<EditionRow[Name]>;
} = {
  lives: fc.oneof(int32, fc.constant(3)),
  title: text,
  ready: fc.boolean(),
  mode: fc.constantFrom(0, 1),
  plain: uint32,
  blob: bytes,
};

/** A change of one field. */
export interface FieldChange {
  readonly name: string;
  readonly value: unknown;
}

/** One of the fields with a value for it. */
export function fieldChange(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<FieldChange> {
  return fc.oneof(
    ...Object.entries(fields).map(([name, values]) => values.map((value) => ({ name, value }))),
  );
}

/** Some of the fields with values for them. */
export function rowInit(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({ ...fields }, { requiredKeys: [] });
}
