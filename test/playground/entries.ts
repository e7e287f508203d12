import * as fc from "fast-check";
import type { Entry } from "../../playground/model/form/entry.ts";
import type { Field, NumberField, TextField } from "../../playground/model/form/field.ts";

const textEntry = (text: fc.Arbitrary<string>): fc.Arbitrary<Entry> =>
  text.map((given) => ({ kind: "text", text: given }));

/** Entries of a field: most of them such as somebody who wants it done makes, some that are wrong. */
export function arbitraryEntry(field: Field, depth = 0): fc.Arbitrary<Entry> {
  const inner = (child: Field): fc.Arbitrary<Entry> => arbitraryEntry(child, depth + 1);
  switch (field.kind) {
    case "text":
      return textEntry(likely(goodText(field), fc.string({ unit: "grapheme", maxLength: 12 })));
    case "number":
      return textEntry(likely(goodNumber(field), fc.constantFrom("", "x", "1e999", "-1", "0.5")));
    case "big":
      return textEntry(
        likely(
          fc.bigInt({ min: field.min, max: field.max }).map(String),
          fc.constantFrom("", "1.5", "99999999999999999999"),
        ),
      );
    case "bytes":
      return textEntry(
        likely(
          fc.uint8Array({ maxLength: 8 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`),
          fc.constantFrom("0x1", "~", "AA=="),
        ),
      );
    case "json":
      return textEntry(
        likely(fc.oneof(fc.json(), fc.constantFrom("{}", "[]", "null")), fc.constantFrom("", "{")),
      );
    case "boolean":
      return fc.boolean().map((on) => ({ kind: "boolean", on }));
    case "choice":
      return fc.nat(field.options.length - 1).map((index) => ({ kind: "choice", index }));
    case "optional":
      if (depth > 6) return fc.constant({ kind: "optional", entry: undefined });
      return fc
        .option(inner(field.field), { nil: undefined })
        .map((entry) => ({ kind: "optional", entry }));
    case "list": {
      const maxLength = depth > 6 ? field.itemsMin : Math.min(field.itemsMax, field.itemsMin + 3);
      return fc
        .array(
          deferred(() => inner(field.item)),
          { minLength: field.itemsMin, maxLength },
        )
        .map((items) => ({ kind: "list", items }));
    }
    case "map": {
      const item = fc.record({ key: inner(field.key), value: deferred(() => inner(field.value)) });
      const maxLength = depth > 6 ? 0 : 3;
      return fc.array(item, { maxLength }).map((items) => ({ kind: "map", items }));
    }
    case "tuple":
      return fc.tuple(...field.items.map(inner)).map((members) => ({ kind: "group", members }));
    case "group":
      return fc
        .tuple(...field.members.map((member) => inner(member.field)))
        .map((members) => ({ kind: "group", members }));
    case "union":
      return fc
        .nat(depth > 6 ? 0 : field.branches.length - 1)
        .chain((index) =>
          inner(branchAt(field.branches, index)).map((entry) => ({ kind: "union", index, entry })),
        );
  }
}

function branchAt(branches: readonly { readonly field: Field }[], index: number): Field {
  const branch = branches[index];
  if (branch === undefined) throw new Error(`There is no branch ${index}.`);
  return branch.field;
}

/** What contains itself is not to be built to its end. */
function deferred<T>(make: () => fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.constant(null).chain(make);
}

function likely<T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: bad });
}

/** What is written where a format is asked for. */
const formatTexts: Readonly<Record<string, string>> = {
  email: "ann@example.org",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
  uri: "https://example.org/a?b=c",
  "date-time": "2026-01-31T12:00:00Z",
  "time, such as 2026-01-31T12:00:00Z": "2026-01-31T12:00:00.5Z",
  "duration, such as 1.5s": "-1.5s",
};

function goodText({ format, lengthMin, lengthMax, patterns }: TextField): fc.Arbitrary<string> {
  const known = formatTexts[format];
  if (known !== undefined) return fc.constant(known);
  const lengths = { minLength: lengthMin, maxLength: Math.min(lengthMax, lengthMin + 8) };
  const [pattern] = patterns;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ ...lengths, unit: fc.constantFrom("a", "Z", "0", " ", "ß", "'", '"', "\\") });
}

function goodNumber(field: NumberField): fc.Arbitrary<string> {
  const { isInteger, above, below, steps, allowsNonFinite } = field;
  const min = Math.max(field.min, above ?? -Infinity, -1e6);
  const max = Math.min(field.max, below ?? Infinity, 1e6);
  const [step] = steps;
  if (step !== undefined) {
    const times = fc.integer({ min: Math.ceil(min / step), max: Math.floor(max / step) });
    return times.map((count) => String(Number((count * step).toFixed(6))));
  }
  const whole = fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
  if (isInteger) return whole.map(String);
  if (!allowsNonFinite) return fc.double({ min, max, noNaN: true }).map(String);
  // What a float holds, a double holds too.
  return fc.oneof(
    fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true }).map(String),
    fc.constantFrom("NaN", "-Infinity"),
  );
}
