import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CoinSchema,
  PlayerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createEnds, decodeState, hex } from "./wire-state.ts";

const arena = { players: PlayerSchema, coins: CoinSchema };

function patchOf(ends: ReturnType<typeof createEnds>, baseTick: number) {
  const patch = ends.state.patch(baseTick);
  assert.ok(patch);
  return decodeState(patch.body);
}

test("ST a snapshot and a patch, byte for byte", () => {
  const { tables, state, commit } = createEnds(arena);
  const ann = tables.players.set("ann", { x: 1, name: "Ann" });
  assert.equal(commit(), true);
  assert.equal(
    hex(state.patch(0)?.body),
    "3a1d" +
      "0801" +
      "1a19" +
      "0801" +
      "1a15" +
      "0a020d42" +
      "120d" +
      "01" +
      "03616e6e" +
      "0000803f" +
      "03416e6e" +
      "1801",
  );
  ann.x = 2;
  tables.coins.set("c", {});
  tables.coins.set("d", {});
  commit();
  tables.coins.delete("c");
  commit();
  assert.equal(hex(state.patch(2)?.body), "3a0b" + "0803" + "1002" + "1a05" + "0802" + "120101");
  assert.equal(
    hex(state.patch(1)?.body),
    "3a21" +
      "0803" +
      "1001" +
      "1a0e" +
      "0801" +
      "1a0a" +
      "0a010d" +
      "1205" +
      "01" +
      "00000040" +
      "1a0b" +
      "0802" +
      "1a07" +
      "1203" +
      "02" +
      "0164" +
      "1801",
  );
});

test("ST-2 rows with the same changes share a group, others do not", () => {
  const ends = createEnds(arena);
  const rows = ["a", "b", "c", "d"].map((key) => ends.tables.players.set(key, {}));
  ends.commit();
  for (const row of rows) row.x++;
  const [, second, third] = rows;
  assert.ok(second && third);
  second.hp = 5;
  third.hp = 6;
  ends.commit();
  const groups = patchOf(ends, 1).tables[0]?.groups ?? [];
  assert.deepEqual(
    groups.map(({ tags, rows: bytes }) => [hex(tags), hex(bytes)]),
    [
      ["0d", "010000803f" + "040000803f"],
      ["0d20", "020000803f05" + "030000803f06"],
    ],
  );
});

test("ST-4 a patch for a laggard holds each changed field once, in its newest value", () => {
  const ends = createEnds(arena);
  const ann = ends.tables.players.set("ann", {});
  ends.commit();
  for (let tick = 2; tick <= 10; tick++) {
    ann.hp = tick;
    if (tick === 3) ann.score = 9;
    ends.tables.players.set(`brief${tick}`, {});
    ends.commit();
    ends.tables.players.delete(`brief${tick}`);
  }
  ends.commit();
  const [patch] = patchOf(ends, 1).tables;
  assert.deepEqual(patch?.removed, []);
  assert.deepEqual(
    patch.groups.map(({ tags, rows }) => [hex(tags), hex(rows)]),
    [["2028", "010a09"]],
  );
});

test("ST what goes back to its old value between two commits is no change", () => {
  const ends = createEnds(arena);
  const ann = ends.tables.players.set("ann", { hp: 5 });
  ends.commit();
  ann.hp = 6;
  ann.hp = 5;
  assert.equal(ends.commit(), false);
  assert.equal(ends.state.tick, 1);
  assert.equal(ends.state.patch(1), undefined);
});

test("ST a float is compared as it is sent, so 0.1 and NaN do not change for ever", () => {
  const ends = createEnds(arena);
  const ann = ends.tables.players.set("ann", { x: 0.1, y: NaN });
  assert.equal(ends.commit(), true);
  assert.equal(ends.commit(), false);
  ann.x = Math.fround(0.1);
  ann.y = 0 / 0;
  assert.equal(ends.commit(), false);
  ann.x = 0.1 + 1e-12;
  assert.equal(ends.commit(), false);
  ann.x = -0;
  assert.equal(ends.commit(), true);
  ann.x = 0;
  assert.equal(ends.commit(), true);
  ann.hp = -0;
  assert.equal(ends.commit(), false);
});

test("ST-3 set on a key that is there keeps the handle and sends what differs", () => {
  const ends = createEnds(arena);
  const before = ends.tables.players.set("ann", { x: 1, hp: 5 });
  ends.commit();
  const after = ends.tables.players.set("ann", { hp: 5, score: 1 });
  assert.notEqual(after, before);
  assert.equal(ends.tables.players.get("ann"), after);
  before.hp = 99;
  ends.commit();
  const [patch] = patchOf(ends, 1).tables;
  assert.deepEqual(patch?.removed, []);
  assert.equal(hex(patch.groups[0]?.rows), "01" + "00000000" + "01");
  assert.equal(hex(patch.groups[0]?.tags), "0d28");
});

test("ST-3 a key that is removed and made again between two commits is a new row", () => {
  const ends = createEnds(arena);
  ends.tables.players.set("ann", { hp: 5 });
  ends.commit();
  ends.tables.players.delete("ann");
  ends.tables.players.set("ann", { hp: 6 });
  ends.commit();
  const [patch] = patchOf(ends, 1).tables;
  assert.deepEqual(patch?.removed, [1]);
  assert.equal(hex(patch.groups[0]?.rows), "02" + "03616e6e" + "06");
});

test("ST beyond the tombstones' horizon, and from unknown ticks, there are snapshots", () => {
  const { tables, state, commit } = createEnds(arena, 2);
  for (let index = 0; index < 4; index++) tables.coins.set(`${index}`, {});
  commit();
  tables.players.set("ann", {});
  commit();
  for (let index = 0; index < 3; index++) {
    tables.coins.delete(`${index}`);
    commit();
  }
  // Coin 0 went at tick 3 and is forgotten: who is at 2 still has it, who is at 3 has not.
  const bases = [1, 2, 3, 4].map((base) => state.patch(base)?.baseTick);
  assert.deepEqual(bases, [0, 0, 3, 4]);
  assert.deepEqual(
    decodeState(state.patch(3)?.body ?? new Uint8Array()).tables[0]?.removed,
    [2, 3],
  );
  for (const base of [0, -1, 6, 1.5, NaN, 2 ** 60]) assert.equal(state.patch(base)?.baseTick, 0);
  assert.equal(state.patch(5), undefined);
});

test("ST all who are at one tick share the same bytes, until something changes", () => {
  const { tables, state, commit } = createEnds(arena, 0);
  const ann = tables.players.set("ann", {});
  commit();
  ann.x = 1;
  commit();
  const body = state.patch(1)?.body;
  assert.equal(state.patch(1)?.body, body);
  assert.equal(state.patch(0), state.patch(77));
  commit();
  assert.equal(state.patch(1)?.body, body);
  ann.x = 2;
  commit();
  assert.notEqual(state.patch(1)?.body, body);
});

test("ST the patches kept are bounded", () => {
  const { tables, state, commit } = createEnds(arena);
  const ann = tables.players.set("ann", {});
  for (let tick = 1; tick <= 200; tick++) {
    ann.x = tick;
    commit();
  }
  const first = state.patch(1);
  for (let base = 2; base < 200; base++) state.patch(base);
  const again = state.patch(1);
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});

test("JN-5: the first commit makes a state, be it of nothing, and those after it none", () => {
  for (const tables of [{}, arena]) {
    const { state, commit } = createEnds(tables);
    assert.equal(state.tick, 0);
    assert.equal(commit(), false);
    assert.equal(commit(), false);
    assert.equal(state.tick, 1);
    assert.deepEqual(state.patch(0), { body: state.snapshot().body, baseTick: 0, tick: 1 });
    assert.equal(state.patch(1), undefined);
  }
});

test("ST parts beyond 127 and 16,383 bytes get their longer lengths", () => {
  for (const count of [1, 3, 14, 15, 16, 40, 200, 1_600, 2_000]) {
    const ends = createEnds(arena);
    for (let index = 0; index < count; index++) ends.tables.players.set(`key${index}`, { x: 1 });
    ends.commit();
    ends.sync();
    assert.equal(ends.mirrored.players.size, count);
    const [patch] = patchOf(ends, 0).tables;
    assert.equal(patch?.groups.length, 1);
  }
});

test("ST new combinations of changes without end do not pile up", () => {
  const ends = createEnds({ every: EveryTypeSchema });
  const row = ends.tables.every.set("k", {});
  ends.commit();
  let bits = 1;
  for (let tick = 2; tick < 4_000; tick++) {
    bits = (Math.imul(bits, 1_103_515_245) + 12_345) >>> 0;
    const flip = (bit: number): number => (bits >>> bit) & 1;
    row.anInt32 += flip(8);
    row.aUint32 += flip(9);
    row.aSint32 += flip(10);
    row.aFixed32 += flip(11);
    row.aFloat += flip(12);
    row.aDouble += flip(13);
    row.aSfixed32 += flip(14);
    row.maybeInt32 = (row.maybeInt32 ?? 0) + flip(15);
    row.maybeUint32 = (row.maybeUint32 ?? 0) + flip(16);
    row.anInt64 += BigInt(flip(17));
    row.aUint64 += BigInt(flip(18));
    row.aSint64 += BigInt(flip(19));
    row.aFixed64 += BigInt(flip(20));
    ends.commit();
    ends.sync();
  }
  assert.deepEqual({ ...ends.mirrored.every.get("k") }, { ...row });
});

test("ST ticks have to ascend", () => {
  const { state } = createEnds(arena);
  state.commit(5);
  for (const tick of [5, 4, 0, -1, 5.5, NaN]) {
    assert.throws(() => state.commit(tick), { code: "internal" });
  }
  state.commit(6);
});
