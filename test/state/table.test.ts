import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CoinSchema,
  PlayerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { AuthoredTable } from "../../server/state/authored-table.ts";
import { createRowLayout } from "../../shared/state/row-layout.ts";
import { createEnds } from "./wire-state.ts";

const arena = { players: PlayerSchema, coins: CoinSchema };

test("ST a table behaves as a map of rows", () => {
  const { tables } = createEnds(arena);
  const { players } = tables;
  const ann = players.set("ann", { hp: 1 });
  players.set("bob", { hp: 2 });
  assert.deepEqual([players.size, players.has("ann"), players.has("x")], [2, true, false]);
  assert.equal(players.get("ann"), ann);
  assert.deepEqual([...players.keys()], ["ann", "bob"]);
  assert.deepEqual(
    [...players.values()].map(({ hp }) => hp),
    [1, 2],
  );
  assert.deepEqual([...players], [...players.entries()]);
  assert.deepEqual([players.delete("ann"), players.delete("ann")], [true, false]);
  players.clear();
  assert.deepEqual([players.size, [...players]], [0, []]);
  const keys = Object.keys(players.set("c", { name: "n" }));
  assert.deepEqual(Object.keys(players.set("d", { x: 1 })), keys);
});

test("ST keys are any well-formed strings", () => {
  const { tables, commit, sync, mirrored } = createEnds(arena);
  for (const key of ["", "__proto__", "é", "x".repeat(500)]) tables.coins.set(key, { value: 1 });
  commit();
  sync();
  assert.deepEqual([...mirrored.coins.keys()], [...tables.coins.keys()]);
  assert.throws(() => tables.coins.set("\ud800", {}), { code: "invalid-use" });
});

test("ST a message with required fields is refused", () => {
  const desc = { ...PlayerSchema, fields: PlayerSchema.fields.map((f) => ({ ...f, presence: 3 })) };
  assert.throws(() => createRowLayout(desc), { code: "invalid-config" });
});

test("ST a table of which the next commit can take no more rows refuses new keys", () => {
  const table = new AuthoredTable("coins", createRowLayout(CoinSchema), 1);
  table.set("a", {});
  table.set("a", { value: 1 });
  assert.throws(() => table.set("b", {}), { code: "internal" });
  assert.deepEqual([...table.keys()], ["a"]);
  table.delete("a");
  table.set("b", {});
  assert.deepEqual([...table.added.keys()], ["b"]);
});
