// Tables of an image whose rows have other fields than those that pick it up: an older version of the same room, mostly.
import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { describe, it } from "node:test";
import { RoomlineError } from "../../shared/errors.ts";
import { StateImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { createRoomState, type RoomState } from "../../server/state/room-state.ts";
import { createStateMirror } from "../../client/state/mirror.ts";
import { madeMessage, type MadeField } from "./made-message.ts";
import { anyJson, contractTables, stateBytes, type Tables } from "./wire-state.ts";

type RowValues = Record<string, unknown>;

const onError = (error: unknown): void => assert.ifError(error);

const tablesOf = (fields: readonly MadeField[]): Tables => ({ rows: madeMessage(fields) });

function stateOf(tables: Tables): RoomState {
  return createRoomState(contractTables(tables), {
    tombstonesMax: 10,
    onError,
  });
}

/** Through the bytes, as an image travels. */
function restored(state: RoomState, tables: Tables): RoomState {
  const bytes = toBinary(StateImageSchema, create(StateImageSchema, state.image()));
  const other = stateOf(tables);
  other.restore(fromBinary(StateImageSchema, bytes));
  return other;
}

function rowOf(state: RoomState, key: string, table = "rows"): RowValues {
  const row = state.tables[table]?.get(key);
  assert.ok(row, `${key} is there`);
  return row as RowValues;
}

/** What somebody who has just come is sent, as this contract reads it. */
function snapshotOf(state: RoomState, tables: Tables): [string, RowValues][] {
  const mirror = createStateMirror(contractTables(tables), { onError });
  mirror.apply(stateBytes(state.snapshot().body));
  return [...(mirror.tables["rows"] ?? [])].map(([key, row]) => [key, { ...(row as RowValues) }]);
}

const doubleX: MadeField = { name: "x", number: 1, type: "double" };

/** Values that are no defaults, so that one is not taken for the other. */
const values: Readonly<Record<MadeField["type"], fc.Arbitrary<unknown>>> = {
  double: fc.double({ min: 0.1, max: 9, noNaN: true }),
  // As code has it: with more digits than clients are sent.
  float: fc.double({ min: 0.1, max: 9, noNaN: true }),
  int32: fc.integer({ min: 1 }),
  int64: fc.bigInt({ min: 1n, max: 2n ** 60n }),
  string: fc.string({ minLength: 1, maxLength: 5 }),
  bool: fc.constant(true),
};
const defaults: Readonly<Record<MadeField["type"], unknown>> = {
  ...{ double: 0, float: 0, int32: 0, int64: 0n, string: "", bool: false },
};

const names = ["a", "b", "c", "d", "e"];
const madeField = (name: string): fc.Arbitrary<Omit<MadeField, "number">> =>
  fc.record({
    name: fc.constant(name),
    type: fc.constantFrom<MadeField["type"]>("double", "float", "int32", "int64", "string", "bool"),
    is: fc.constantFrom("optional" as const, "repeated" as const, undefined as never),
  });
/** Some of the names, each with a type, in any order: which is that of their numbers. */
const version: fc.Arbitrary<readonly MadeField[]> = fc
  .shuffledSubarray(names, { minLength: 1 })
  .chain((some) => fc.tuple(...some.map(madeField)))
  .map((fields) => fields.map((field, index) => ({ ...field, number: index + 1 })));
const valueOf = ({ type, is }: MadeField): fc.Arbitrary<unknown> =>
  is === "repeated" ? fc.array(values[type], { minLength: 1, maxLength: 3 }) : values[type];
const rowOfVersion = (fields: readonly MadeField[]): fc.Arbitrary<RowValues> =>
  fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field)])));

function defaultOf({ type, is }: MadeField): unknown {
  if (is === "repeated") return [];
  return is === "optional" ? undefined : defaults[type];
}

/** A type is another one; what may be left out is the same with and without. */
const isOther = (one: MadeField, other: MadeField): boolean =>
  one.type !== other.type || (one.is === "repeated") !== (other.is === "repeated");

/** The field of theirs that one of ours is: of the same name, or with only another name. */
function sourceOf(
  field: MadeField,
  theirs: readonly MadeField[],
  ours: readonly MadeField[],
): MadeField | undefined {
  const named = theirs.find(({ name }) => name === field.name);
  if (named !== undefined) return named;
  return theirs.find(
    (one) =>
      one.number === field.number &&
      !isOther(one, field) &&
      !ours.some(({ name }) => name === one.name),
  );
}

describe("rows of an image with other fields", () => {
  it("MV-7: of any two versions, fields of a name keep their values, new ones have defaults, another type is refused by name", () => {
    const cases = fc.tuple(version, version).chain(([theirs, ours]) =>
      fc.record({
        theirs: fc.constant(theirs),
        ours: fc.constant(ours),
        committed: rowOfVersion(theirs),
        changed: rowOfVersion(theirs),
        added: rowOfVersion(theirs),
      }),
    );
    let [refused, mended] = [0, 0];
    fc.assert(
      fc.property(cases, ({ theirs, ours, committed, changed, added }) => {
        const before = stateOf(tablesOf(theirs));
        before.tables["rows"]?.set("gone", {});
        before.tables["rows"]?.set("one", committed);
        before.tables["rows"]?.set("two", committed);
        before.commit(1);
        before.tables["rows"]?.delete("gone");
        before.commit(2);
        // Nobody has seen these yet.
        Object.assign(rowOf(before, "two"), changed);
        before.tables["rows"]?.set("three", added);
        const clash = theirs.find((field) =>
          ours.some((other) => other.name === field.name && isOther(field, other)),
        );
        if (clash !== undefined) {
          refused++;
          assert.throws(
            () => restored(before, tablesOf(ours)),
            (thrown) =>
              thrown instanceof RoomlineError &&
              thrown.code === "contract-mismatch" &&
              thrown.message.startsWith('Table "rows", field "'),
          );
          return;
        }
        mended++;
        const after = restored(before, tablesOf(ours));
        const expected = (row: RowValues): RowValues =>
          Object.fromEntries(
            ours.map((field) => {
              const source = sourceOf(field, theirs, ours);
              return [field.name, source === undefined ? defaultOf(field) : row[source.name]];
            }),
          );
        for (const [key, row] of [
          ["one", committed],
          ["two", changed],
          ["three", added],
        ] as const)
          assert.deepEqual({ ...rowOf(after, key) }, expected(row), key);
        after.commit(3);
        const seen = snapshotOf(after, tablesOf(ours));
        assert.deepEqual(
          seen.map(([key]) => key),
          ["one", "two", "three"],
        );
        before.commit(3);
        const handles = (state: RoomState) => state.image().tables?.[0]?.lastHandle;
        assert.equal(handles(after), handles(before), "the next handle is the next one");
      }),
      { seed: 20_261_128, numRuns: 300 },
    );
    assert.ok(refused > 30 && mended > 30, `${refused} refused, ${mended} picked up`);
  });

  it("MV-7: who has read the rows of before is told of changes by the same handles, and passes over what is new to it", () => {
    const theirs = tablesOf([doubleX, { name: "name", number: 2, type: "string" }]);
    const ours = tablesOf([
      doubleX,
      { name: "name", number: 2, type: "string" },
      { name: "lives", number: 3, type: "int32" },
      { name: "items", number: 4, type: "string", is: "repeated" },
    ]);
    const before = stateOf(theirs);
    before.tables["rows"]?.set("one", { x: 1, name: "Ann" });
    before.tables["rows"]?.set("two", { x: 2, name: "Bea" });
    before.commit(1);
    const old = createStateMirror(contractTables(theirs), { onError });
    old.apply(stateBytes(before.snapshot().body));
    const after = restored(before, ours);
    assert.equal(after.patch(1), undefined, "nothing has changed for who is there");
    Object.assign(rowOf(after, "two"), { x: 3, lives: 5, items: ["sword"] });
    after.commit(2);
    const patch = after.patch(1);
    assert.ok(patch);
    old.apply(stateBytes(patch.body));
    const rows = [...(old.tables["rows"] ?? [])].map(([key, row]) => [
      key,
      { ...(row as RowValues) },
    ]);
    assert.deepEqual(rows, [
      ["one", { x: 1, name: "Ann" }],
      ["two", { x: 3, name: "Bea" }],
    ]);
  });

  it("MV-7: tables are matched by name: new ones are empty, and those that are gone are let go of", () => {
    const before = stateOf({ gone: anyJson, rows: anyJson });
    before.tables["rows"]?.set("one", { n: 1 });
    before.tables["gone"]?.set("two", { n: 2 });
    before.commit(1);
    const after = restored(before, { fresh: anyJson, rows: anyJson });
    assert.deepEqual([...(after.tables["rows"] ?? [])], [["one", { n: 1 }]]);
    assert.equal(after.tables["fresh"]?.size, 0);
    assert.deepEqual(Object.keys(after.tables), ["fresh", "rows"]);
  });

  it("MV-7: rows that are JSON in one and messages in the other are refused by the name of the table", () => {
    for (const [theirs, ours, text] of [
      [{ rows: anyJson }, tablesOf([doubleX]), /Table "rows": its rows are JSON.*messages here/],
      [tablesOf([doubleX]), { rows: anyJson }, /Table "rows": its rows are messages.*JSON here/],
    ] as const) {
      const before = stateOf(theirs);
      before.tables["rows"]?.set("one", {});
      before.commit(1);
      assert.throws(() => restored(before, ours), text);
    }
  });
});
