import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomlineError } from "../../shared/errors.ts";
import type { Row } from "../../shared/state/row-layout.ts";
import { EditionRowSchema } from "../gen/roomline/test/v1/edition_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { anyJson, createEnds } from "./wire-state.ts";

const tables = { every: EveryTypeSchema, editions: EditionRowSchema, docs: anyJson };
const loop: unknown[] = [];
loop.push(loop);

/** A field, what it cannot hold and how the error names that. */
const faults: readonly (readonly [field: string, value: unknown, named: string])[] = [
  ["aFloat", "1", "(float) cannot hold a string"],
  ["aFloat", 1e39, "(float) cannot hold the number 1e+39"],
  ["aFloat", undefined, "(float) cannot hold undefined"],
  ["aDouble", null, "(double) cannot hold null"],
  ["aDouble", 1n, "(double) cannot hold the bigint 1"],
  ["anInt32", 2 ** 31, "(int32) cannot hold the number 2147483648"],
  ["anInt32", 0.5, "(int32) cannot hold the number 0.5"],
  ["anInt32", NaN, "(int32) cannot hold the number NaN"],
  ["aUint32", -1, "(uint32) cannot hold the number -1"],
  ["aUint32", 2 ** 32, "(uint32) cannot hold the number 4294967296"],
  ["aFixed32", -1, "(fixed32)"],
  ["aSint32", Infinity, "(sint32)"],
  ["anInt64", 1, "(int64) cannot hold the number 1"],
  ["anInt64", 2n ** 63n, "(int64) cannot hold the bigint 9223372036854775808"],
  ["aUint64", -1n, "(uint64)"],
  ["longString", "1.5", "(int64) cannot hold a string"],
  ["longString", "9223372036854775808", "(int64) cannot hold a string"],
  ["longString", "", "(int64) cannot hold a string"],
  ["maybeLongString", 1n, "(fixed64) cannot hold the bigint 1"],
  ["aBool", 1, "(bool) cannot hold the number 1"],
  ["aString", "\ud800", "(string) cannot hold a string"],
  ["aString", ["x"], "(string) cannot hold an array"],
  ["someBytes", [1], "(bytes) cannot hold an array"],
  ["someBytes", new ArrayBuffer(1), "(bytes) cannot hold an object"],
  ["color", "RED", "(roomline.test.v1.Color) cannot hold a string"],
  ["maybeInt32", null, "(int32) cannot hold null"],
  ["maybeInt32", "1", "(int32) cannot hold a string"],
  ["maybeString", 1, "(string) cannot hold the number 1"],
  ["point", null, "(message) cannot hold null"],
  ["point", "here", "(message) cannot hold a string"],
  ["numbers", 5, "(list) cannot hold the number 5"],
  ["numbers", "12", "(list) cannot hold a string"],
  ["numbers", [0.5], "(list) cannot hold an array"],
  ["counts", { a: "x" }, "(map) cannot hold an object"],
  ["counts", undefined, "(map) cannot hold undefined"],
  ["choice", {}, "(oneof) cannot hold an object"],
  ["choice", undefined, "(oneof) cannot hold undefined"],
  ["choice", { case: "choiceNumber", value: "x" }, "(oneof) cannot hold an object"],
  ["choice", { case: "noSuchCase", value: 1 }, "(oneof) cannot hold an object"],
];

for (const [field, value, named] of faults) {
  test(`ST ${field}: ${named}; all else goes on`, () => {
    const ends = createEnds(tables);
    const row = ends.tables.every.set("bad", { aUint32: 1 });
    const other = ends.tables.every.set("good", { aUint32: 1 });
    ends.commit();
    ends.sync();
    const before = structuredClone({ ...ends.mirrored.every.get("bad") });
    const fields: Row = row;
    const good = fields[field];
    fields[field] = value;
    const alsoChanged = field === "aUint32" ? "anInt32" : "aUint32";
    row[alsoChanged] = 7;
    other.aUint32 = 8;
    assert.equal(ends.commit(), true);
    ends.sync();
    const [error, ...more] = ends.errors;
    assert.ok(error instanceof RoomlineError);
    assert.equal(error.code, "invalid-payload");
    assert.ok(
      error.message.startsWith(`Table "every", row "bad": field "${field}" `),
      error.message,
    );
    assert.ok(error.message.includes(named), error.message);
    assert.deepEqual(more, []);
    assert.deepStrictEqual({ ...ends.mirrored.every.get("bad") }, { ...before, [alsoChanged]: 7 });
    assert.equal(ends.mirrored.every.get("good")?.aUint32, 8);

    // Told once ...
    assert.equal(ends.commit(), false);
    assert.equal(ends.errors.length, 1);
    // ... until it was right again.
    fields[field] = good;
    ends.commit();
    fields[field] = value;
    ends.commit();
    assert.equal(ends.errors.length, 2);
  });
}

test("ST a closed enum takes only its own values", () => {
  const ends = createEnds(tables);
  const row: Row = ends.tables.editions.set("k", {});
  row["mode"] = 2;
  ends.commit();
  assert.match(String(ends.errors), /"mode" \(roomline.test.v1.Mode\) cannot hold the number 2/);
});

test("ST a JSON row that has no JSON is told and keeps its last value", () => {
  const ends = createEnds(tables);
  const doc = ends.tables.docs.set("k", { a: 1 }) as Row;
  ends.commit();
  doc["loop"] = doc;
  ends.commit();
  ends.sync();
  assert.match(String(ends.errors), /Table "docs", row "k": row.loop is an object that it is in/);
  assert.deepEqual(ends.mirrored.docs.get("k"), { a: 1 });
  for (const bad of [undefined, loop, 1n, () => 1, new Set(), { at: new Date() }, [NaN]]) {
    assert.throws(() => ends.tables.docs.set("n", bad), { code: "invalid-use" });
  }
  assert.equal(ends.tables.docs.has("n"), false);
});

test("ST a new row with a bad field arrives with the default there", () => {
  const ends = createEnds(tables);
  const row: Row = ends.tables.every.set("k", { aString: "s" });
  row["aFloat"] = "x";
  row["numbers"] = 1;
  ends.commit();
  ends.sync();
  assert.equal(ends.errors.length, 2);
  assert.equal(ends.mirrored.every.get("k")?.aFloat, 0);
  assert.deepEqual(ends.mirrored.every.get("k")?.numbers, []);
  assert.equal(ends.mirrored.every.get("k")?.aString, "s");
});

test("ST a new row with a bad field never shows what another row held before", () => {
  const ends = createEnds(tables);
  ends.tables.every.set("old", { aFloat: 5, aString: "secret", numbers: [7] });
  ends.commit();
  ends.tables.every.delete("old");
  ends.commit();
  const row: Row = ends.tables.every.set("new", {});
  for (const field of ["aFloat", "aString", "numbers"]) row[field] = null;
  ends.commit();
  ends.sync();
  const { aFloat, aString, numbers } = ends.mirrored.every.get("new") ?? {};
  assert.deepEqual([aFloat, aString, numbers], [0, "", []]);
});

test("ST a bad row that is removed leaves nothing behind, and its key may err anew", () => {
  const ends = createEnds(tables);
  for (let round = 1; round <= 2; round++) {
    const row: Row = ends.tables.every.set("k", {});
    row["aFloat"] = "x";
    ends.commit();
    assert.equal(ends.errors.length, round);
    ends.tables.every.delete("k");
    ends.commit();
  }
});

test("ST an error handler that throws comes last: the commit is whole", () => {
  const ends = createEnds(tables);
  const row: Row = ends.tables.every.set("k", { aUint32: 4 });
  ends.errors.push = () => {
    throw new Error("handler");
  };
  row["aFloat"] = "x";
  assert.throws(() => ends.commit(), /handler/);
  assert.equal(ends.state.tick, 1);
  ends.sync();
  assert.equal(ends.mirrored.every.get("k")?.aUint32, 4);
});
