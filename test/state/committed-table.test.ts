import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CoinSchema,
  PlayerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createEnds, decodeState, hex } from "./wire-state.ts";

const arena = { players: PlayerSchema, coins: CoinSchema };

/** A room that committed ticks 1 to 3: rows that are old, changed, new and gone. */
function createRoom() {
  const ends = createEnds(arena);
  const { players } = ends.tables;
  const ann = players.set("ann", { hp: 1 });
  players.set("bob", { hp: 2, name: "Bob" });
  players.set("gone", { hp: 3 });
  ends.commit();
  ann.hp = 4;
  players.delete("gone");
  players.set("cid", { hp: 5 });
  ends.commit();
  ann.x = 1;
  players.set("dan", { hp: 6 });
  ends.tables.coins.set("c", { value: 7 });
  ends.commit();
  return ends;
}

type Room = ReturnType<typeof createRoom>;

const afterwards: Readonly<Record<string, (tables: Room["tables"]) => void>> = {
  "a row is changed": ({ players }) => Object.assign(players.get("ann") ?? {}, { hp: 9, x: 9 }),
  "a row is replaced": ({ players }) => players.set("bob", { hp: 9, name: "Bill" }),
  "an old row is removed": ({ players }) => players.delete("bob"),
  "the newest row is removed": ({ players }) => players.delete("dan"),
  "a row is removed and made again": ({ players }) => {
    players.delete("ann");
    players.set("ann", { hp: 9 });
  },
  "a row is replaced and removed": ({ players }) => {
    players.set("ann", { hp: 9 });
    players.delete("ann");
  },
  "rows are new": ({ players }) => {
    for (const name of ["eve", "gone", "fay"]) players.set(name, { hp: 9 });
  },
  "rows are new, and some of them removed": ({ players }) => {
    for (const name of ["eve", "gone", "fay"]) players.set(name, { hp: 9 });
    players.delete("eve");
    players.delete("fay");
  },
  "all rows are removed": ({ players, coins }) => {
    players.clear();
    coins.clear();
  },
  "all rows are removed and others made": ({ players }) => {
    players.clear();
    for (const name of ["eve", "bob", "fay", "gil", "hal"]) players.set(name, { hp: 9 });
  },
};

for (const [what, write] of Object.entries(afterwards)) {
  test(`ST patches hold what was committed when ${what} afterwards, and the next commit has it`, () => {
    for (const baseTick of [2, 1, 0]) {
      const written = createRoom();
      write(written.tables);
      const patch = written.state.patch(baseTick);
      assert.equal(hex(patch?.body), hex(createRoom().state.patch(baseTick)?.body), `${baseTick}`);
      assert.deepEqual([patch?.baseTick, patch?.tick], [baseTick, 3]);
    }
    const ends = createRoom();
    ends.sync();
    write(ends.tables);
    assert.equal(ends.state.patch(3), undefined);
    assert.equal(hex(ends.state.snapshot().body), hex(createRoom().state.snapshot().body));
    ends.commit();
    ends.sync();
    assert.deepEqual(plain(ends.mirrored.players), plain(ends.tables.players));
    assert.deepEqual(plain(ends.mirrored.coins), plain(ends.tables.coins));
  });
}

test("ST-3 a row that no commit saw leaves nothing behind and takes no handle", () => {
  const { tables, state, commit } = createEnds(arena, 0);
  tables.coins.set("a", {});
  commit();
  tables.coins.set("b", {});
  tables.coins.delete("b");
  assert.equal(commit(), false);
  tables.coins.set("c", {});
  commit();
  const group = decodeState(state.patch(1)?.body ?? new Uint8Array()).tables[0]?.groups[0];
  assert.equal(hex(group?.rows), "02" + "0163");
});

test("ST-3 a new row where another was removed holds nothing of it, for whoever is at any tick", () => {
  const ends = createEnds(arena);
  ends.tables.players.set("old", { hp: 1, name: "secret" });
  ends.commit();
  ends.tables.players.delete("old");
  ends.tables.players.set("new", { hp: 2 });
  ends.commit();
  for (const baseTick of [1, 0]) {
    const [patch] = decodeState(ends.state.patch(baseTick)?.body ?? new Uint8Array()).tables;
    assert.deepEqual(patch?.removed, baseTick === 1 ? [1] : []);
    assert.deepEqual(
      patch.groups.map(({ tags, rows }) => [hex(tags), hex(rows)]),
      [["20", "02" + "036e6577" + "02"]],
    );
  }
});

function plain(table: Iterable<[string, object]>): ReadonlyMap<string, object> {
  return new Map([...table].map(([key, row]) => [key, { ...row }]));
}
