import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import type { RowInitOf } from "../../shared/contract/payload-type.ts";
import { EveryTypeSchema, PointSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { EditionRowSchema, Mode } from "../gen/roomline/test/v1/edition_pb.ts";
import { anyJson, createEnds, decodeState, hex } from "./wire-state.ts";

type Init = RowInitOf<typeof EveryTypeSchema>;

/** A value, the tag it travels under and its bytes in a row. */
const columns: readonly (readonly [init: Init, tag: string, value: string])[] = [
  [{ aDouble: 1.5 }, "09", "000000000000f83f"],
  [{ aDouble: -0 }, "09", "0000000000000080"],
  [{ aFloat: 0.1 }, "15", "cdcccc3d"],
  [{ aFloat: NaN }, "15", "0000c07f"],
  [{ aFloat: -Infinity }, "15", "000080ff"],
  [{ anInt32: 300 }, "18", "ac02"],
  [{ anInt32: -2 }, "18", "feffffffffffffffff01"],
  [{ anInt32: -0x8000_0000 }, "18", "80808080f8ffffffff01"],
  [{ anInt64: -1n }, "20", "ffffffffffffffffff01"],
  [{ anInt64: 2n ** 63n - 1n }, "20", "ffffffffffffffff7f"],
  [{ aUint32: 0xffff_ffff }, "28", "ffffffff0f"],
  [{ aUint64: 2n ** 64n - 1n }, "30", "ffffffffffffffffff01"],
  [{ aSint32: -1 }, "38", "01"],
  [{ aSint32: -0x8000_0000 }, "38", "ffffffff0f"],
  [{ aSint64: -(2n ** 63n) }, "40", "ffffffffffffffffff01"],
  [{ aFixed32: 0xdead_beef }, "4d", "efbeadde"],
  [{ aFixed64: 1n }, "51", "0100000000000000"],
  [{ aSfixed32: -1 }, "5d", "ffffffff"],
  [{ aSfixed64: -2n }, "61", "feffffffffffffff"],
  [{ aBool: true }, "68", "01"],
  [{ aString: "é" }, "72", "02c3a9"],
  [{ someBytes: Uint8Array.of(0, 255) }, "7a", "0200ff"],
  [{ color: 2 }, "8001", "02"],
  [{ maybeInt32: 0 }, "e001", "00"],
  [{ maybeString: "" }, "c201", "00"],
  [{ maybeBool: false }, "c801", "00"],
  [{ maybeDouble: 0 }, "f101", "0000000000000000"],
  [{ longString: "-1" }, "c00c", "ffffffffffffffffff01"],
  [{ maybeLongString: "0" }, "c90c", "0000000000000000"],
];

for (const [init, tag, value] of columns) {
  const [[name, given] = ["", ""]] = Object.entries(init);
  const shown = Object.is(given, -0) ? "-0" : String(given);
  test(`ST a created row with ${name} = ${shown} holds ${tag} ${value} alone`, () => {
    const { tables, state, mirrored, sync, commit } = createEnds({ every: EveryTypeSchema });
    tables.every.set("k", init);
    commit();
    const group = decodeState(state.patch(0)?.body ?? new Uint8Array()).tables[0]?.groups[0];
    assert.equal(hex(group?.tags), tag);
    assert.equal(hex(group?.rows), `01016b${value}`);
    assert.equal(group?.created, true);
    // The same bytes as generated code writes.
    assert.equal(tag + value, hex(toBinary(EveryTypeSchema, create(EveryTypeSchema, init))));
    sync();
    const arrived: unknown = Object.entries(mirrored.every.get("k") ?? {}).find(
      ([field]) => field === name,
    )?.[1];
    assert.deepStrictEqual(arrived, name === "aFloat" ? Math.fround(Number(given)) : given);
  });
}

test("ST-2 merged fields travel as one message at the end of a row, cleared before", () => {
  const { tables, state, commit } = createEnds({ every: EveryTypeSchema });
  const row = tables.every.set("k", { numbers: [1], aUint32: 1 });
  commit();
  assert.equal(
    hex(state.patch(0)?.body),
    // state: tick 1, tables: table 1, groups: tags 28, rows (1, "k", 1, message of 4 bytes: numbers [1]), created, merged
    "3a1a" +
      "0801" +
      "1a16" +
      "0801" +
      "1a12" +
      "0a0128" +
      "1209" +
      "01016b01" +
      "04" +
      "92010102" +
      "1801" +
      "2801",
  );
  row.numbers.push(-1);
  row.point = create(PointSchema, { x: 1 });
  row.choice = { case: "choiceText", value: "t" };
  commit();
  const group = decodeState(state.patch(1)?.body ?? new Uint8Array()).tables[0]?.groups[0];
  assert.equal(hex(group?.tags), "");
  assert.deepEqual(group?.cleared, [17, 18, 32, 33, 40]);
  assert.equal(group.merged, true);
  assert.equal(hex(group.rows), "01" + "11" + "8a01050d0000803f" + "92010" + "20201" + "82020174");
});

test("ST-2 an optional field that loses its value is cleared", () => {
  const { tables, state, commit, mirrored, sync } = createEnds({ every: EveryTypeSchema });
  const row = tables.every.set("k", { maybeInt32: 5, maybeString: "s", aUint32: 1 });
  commit();
  sync();
  row.maybeInt32 = undefined;
  row.maybeString = undefined;
  row.aUint32 = 0;
  commit();
  const group = decodeState(state.patch(1)?.body ?? new Uint8Array()).tables[0]?.groups[0];
  assert.equal(hex(group?.tags), "28");
  assert.deepEqual(group?.cleared, [24, 28]);
  assert.equal(hex(group.rows), "0100");
  sync();
  assert.equal(mirrored.every.get("k")?.maybeInt32, undefined);
  assert.equal(mirrored.every.get("k")?.aUint32, 0);
});

test("ST a field of an edition with a default is always there and sent when it differs", () => {
  const { tables, state, commit, mirrored, sync } = createEnds({ rows: EditionRowSchema });
  const row = tables.rows.set("k", { title: "t" });
  assert.deepEqual(
    { ...row, blob: 0 },
    { lives: 3, title: "t", ready: true, mode: 0, plain: 0, blob: 0 },
  );
  commit();
  const group = decodeState(state.patch(0)?.body ?? new Uint8Array()).tables[0]?.groups[0];
  assert.equal(hex(group?.tags), "12");
  sync();
  row.lives = 0;
  row.mode = Mode.FAST;
  commit();
  sync();
  assert.equal(mirrored.rows.get("k")?.lives, 0);
  assert.equal(mirrored.rows.get("k")?.mode, Mode.FAST);
});

test("ST a JSON row is a message with its JSON as field 1, whole", () => {
  const { tables, state, commit, mirrored, sync } = createEnds({ docs: anyJson });
  const doc = { tags: ["a"] };
  const row = tables.docs.set("k", doc) as typeof doc;
  assert.notEqual(row, doc);
  commit();
  sync();
  row.tags.push("b");
  commit();
  const group = decodeState(state.patch(1)?.body ?? new Uint8Array()).tables[0]?.groups[0];
  assert.equal(hex(group?.tags), "0a");
  assert.equal(Buffer.from(group?.rows.subarray(2) ?? []).toString(), '{"tags":["a","b"]}');
  sync();
  assert.deepEqual(mirrored.docs.get("k"), { tags: ["a", "b"] });
  tables.docs.set("k", 7);
  tables.docs.set("n", null);
  commit();
  sync();
  assert.deepEqual(
    [...mirrored.docs],
    [
      ["k", 7],
      ["n", null],
    ],
  );
});

test("ST a string keeps a leading byte-order mark", () => {
  const { tables, commit, mirrored, sync } = createEnds({ every: EveryTypeSchema });
  tables.every.set("k", { aString: "\ufeffx" });
  commit();
  sync();
  assert.equal(mirrored.every.get("k")?.aString, "\ufeffx");
});
