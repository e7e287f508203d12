import assert from "node:assert/strict";
import { test } from "node:test";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createStateMirror } from "../../client/state/mirror.ts";
import { anyJson, contractTables, createEnds, stateBytes, type Ends } from "./wire-state.ts";

const tables = { docs: anyJson, players: PlayerSchema };
type OrderEnds = Ends<typeof tables>;

/** Whoever comes now: a mirror that knows nothing. */
function lateMirror({ state }: OrderEnds) {
  const mirror = createStateMirror(contractTables(tables), {
    onError: (error) => assert.fail(String(error)),
  });
  mirror.apply(stateBytes(state.snapshot().body));
  return mirror;
}

function keysOf(table: { keys(): Iterable<string> } | undefined): string[] {
  return [...(table?.keys() ?? [])];
}

/** Both ends, and whoever comes now, have one order. */
function assertOneOrder(ends: OrderEnds): void {
  const late = lateMirror(ends);
  for (const name of ["docs", "players"] as const) {
    const order = keysOf(ends.tables[name]);
    assert.deepEqual(keysOf(ends.mirrored[name]), order);
    assert.deepEqual(keysOf(late.tables[name]), order);
  }
}

test("ST-3: rows come in the order they were added in, whatever places they took and which fields they have", () => {
  const ends = createEnds(tables);
  const { docs, players } = ends.tables;
  const step = (work: () => void): void => {
    work();
    ends.commit();
    ends.sync();
    assertOneOrder(ends);
  };
  step(() => {
    // In three groups of their message.
    for (const key of ["a", "b", "c", "d", "e"]) docs.set(key, 1);
    players.set("a", { x: 1 });
    players.set("b", { name: "b" });
    players.set("c", { x: 1 });
    players.set("d", {});
  });
  step(() => {
    for (const key of ["a", "c"]) docs.delete(key);
    players.delete("a");
  });
  step(() => {
    for (const key of ["x", "y", "z"]) docs.set(key, 1);
    players.set("y", { hp: 1 });
    players.set("x", { x: 1 });
  });
  // What is set again stays where it is; what was removed and set is new, also when no commit saw it.
  step(() => {
    docs.set("d", 2);
    docs.delete("b");
    docs.set("b", 3);
    docs.set("p", 1);
    docs.set("q", 1);
    docs.delete("p");
    docs.set("r", 1);
    docs.set("p", 1);
  });
  assert.deepEqual(keysOf(docs), ["d", "e", "x", "y", "z", "b", "q", "r", "p"]);
});

test("ST-3: a snapshot puts the rows of a mirror into the order of the table", () => {
  const ends = createEnds(tables, 0);
  const { docs } = ends.tables;
  for (const key of ["a", "b", "c"]) docs.set(key, { key });
  ends.commit();
  ends.sync();
  const kept = ends.mirrored.docs.get("b");
  docs.delete("a");
  docs.set("a", { key: "a" });
  docs.set("d", { key: "d" });
  ends.commit();
  // Without tombstones: a snapshot, by which "a" is only a row that stayed.
  ends.sync();
  assert.deepEqual(keysOf(ends.mirrored.docs), ["b", "c", "a", "d"]);
  assert.deepEqual(ends.mirrored.docs.get("b"), kept);
  assertOneOrder(ends);
});

test("ST-3: callbacks of one update come in the order of the table", () => {
  const ends = createEnds(tables);
  const { players } = ends.tables;
  const log: string[] = [];
  ends.mirrored.players.onAdd((_, key) => log.push(`+${key}`));
  ends.mirrored.players.onChange((_, key) => log.push(`~${key}`));
  ends.mirrored.players.onRemove((_, key) => log.push(`-${key}`));
  const step = (work: () => void): string => {
    work();
    ends.commit();
    ends.sync();
    return log.splice(0).join(" ");
  };
  const keys = ["a", "b", "c", "d", "e", "f"];
  assert.equal(
    step(() => keys.forEach((key, at) => void players.set(key, at % 2 ? { x: 1 } : { hp: 1 }))),
    "+a +b +c +d +e +f",
  );
  assert.equal(
    step(() => {
      for (const key of ["c", "a"]) players.delete(key);
    }),
    "-a -c",
  );
  assert.equal(
    step(() => {
      for (const key of ["x", "y"]) players.set(key, {});
      for (const [key, at] of [
        ["f", 1],
        ["d", 2],
        ["b", 3],
        ["e", 4],
      ] as const) {
        const row = players.get(key);
        assert.ok(row !== undefined);
        if (at % 2 === 1) row.x = at + 10;
        else row.hp = at + 10;
      }
    }),
    "+x +y ~b ~d ~e ~f",
  );
});

test("ST-3: any work on a table leaves one order", () => {
  const random = createSeededRandom(5);
  for (let round = 0; round < 20; round++) {
    const ends = createEnds(tables, round % 2 === 0 ? 2 : 100);
    const { docs, players } = ends.tables;
    for (let turn = 0; turn < 20; turn++) {
      for (let act = 0; act < 6; act++) {
        const key = String.fromCharCode(97 + Math.floor(random() * 12));
        if (random() < 0.4) {
          docs.delete(key);
          players.delete(key);
        } else {
          docs.set(key, random());
          players.set(key, random() < 0.5 ? { x: random() } : { name: key });
        }
      }
      ends.commit();
      if (random() < 0.6) {
        ends.sync();
        assertOneOrder(ends);
      }
    }
  }
});
