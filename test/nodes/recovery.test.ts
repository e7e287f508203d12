import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DirectoryTable } from "../../server/nodes/directory-table.ts";
import { silentLog } from "../../server/observe/log.ts";
import type { StoredRoom } from "../../server/store/room-store.ts";
import {
  Recovery,
  type PickUpAnswer,
  type PickUpAsk,
  type RoomTaker,
} from "../../server/workers/recovery.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

const dead = { node: "dead", life: "1" };

/** What a worker does that is asked. */
type Deed = (ask: PickUpAsk) => Promise<PickUpAnswer>;

/** A worker that takes all it is given. */
function taking(table: DirectoryTable, node: string): Deed {
  return ({ rooms }) => {
    for (const { stored, term } of rooms) table.takeRoom(stored.roomId, term, { node, life: "1" });
    return Promise.resolve({ left: [] });
  };
}

function createScene() {
  const clock = createVirtualClock();
  const table = new DirectoryTable(clock);
  const held = new Map<string, StoredRoom>();
  const deeds = new Map<string, Deed>();
  /** By worker, the rooms it was given, each time. */
  const given: [node: string, rooms: string[]][] = [];
  const setAside: string[] = [];
  const recovery = new Recovery({
    ...{ table, clock, log: silentLog },
    read: (ids) => Promise.resolve(ids.flatMap((id) => held.get(id) ?? [])),
    takers: () =>
      [...deeds].map(([node, deed]): RoomTaker => ({
        ...{ node, rooms: 0 },
        pickUp(ask) {
          given.push([node, ask.rooms.map(({ stored }) => stored.roomId)]);
          return deed(ask);
        },
      })),
    onSetAside: (roomId) => setAside.push(roomId),
  });
  for (const node of ["a", "b", "dead"]) table.enter({ node, life: "1" });
  const store = (roomId: string): void => {
    const image = new Uint8Array([1]);
    held.set(roomId, { roomId, roomType: "chat", savedAtMs: 0, isFinal: false, image });
    table.claimRoom(roomId, dead);
  };
  /** Their node dies, and they wait for another. */
  const orphan = (): void => recovery.add(table.bury(dead, () => true));
  const isSettled = async (): Promise<boolean> => {
    let isThere = false;
    void recovery.settled().then(() => (isThere = true));
    await clock.advanceAsync(1);
    return isThere;
  };
  return { clock, table, held, deeds, given, setAside, recovery, store, orphan, isSettled };
}

void describe("stored rooms of nodes that are dead", () => {
  void it("DU-6 wait until there is a worker, and nobody is told before that they are back", async () => {
    const { recovery, deeds, table, store, orphan, isSettled, given } = createScene();
    store("r");
    orphan();
    assert.equal(await isSettled(), false);
    deeds.set("a", taking(table, "a"));
    recovery.handOut();
    assert.equal(await isSettled(), true);
    assert.deepEqual(given, [["a", ["r"]]]);
    assert.equal(table.findRoom("r")?.node, "a");
  });

  void it("DU-6 go to another worker when one has not taken them in time, or is about to end", async () => {
    const { clock, deeds, table, store, orphan, isSettled, given } = createScene();
    store("r");
    deeds.set("a", () => new Promise(() => undefined));
    orphan();
    deeds.set("b", taking(table, "b"));
    await clock.advanceAsync(9_000);
    assert.equal(await isSettled(), false);
    await clock.advanceAsync(2_000);
    assert.equal(await isSettled(), true);
    assert.deepEqual(
      given.map(([node]) => node),
      ["a", "b"],
    );
    assert.equal(table.findRoom("r")?.node, "b");
  });

  void it("DU-6 go on waiting when the worker dies that was to pick them up", async () => {
    const { clock, recovery, deeds, table, store, orphan, isSettled } = createScene();
    store("r");
    store("s");
    let die: () => void = () => undefined;
    deeds.set("a", ({ rooms }) => {
      const [first] = rooms;
      // It takes one of them.
      if (first !== undefined)
        table.takeRoom(first.stored.roomId, first.term, { node: "a", life: "1" });
      return new Promise((_, reject) => (die = () => reject(new Error("It is dead."))));
    });
    orphan();
    await clock.advanceAsync(1);
    deeds.clear();
    die();
    recovery.add(table.bury({ node: "a", life: "1" }, () => true));
    await clock.advanceAsync(1);
    assert.equal(await isSettled(), false);
    deeds.set("b", taking(table, "b"));
    recovery.handOut();
    assert.equal(await isSettled(), true);
    assert.deepEqual(
      ["r", "s"].map((roomId) => table.findRoom(roomId)?.node),
      ["b", "b"],
    );
  });

  void it("are anybody's when the store has them no more, and left aside when they cannot be picked up", async () => {
    const { deeds, table, store, held, orphan, isSettled, setAside } = createScene();
    store("gone");
    store("torn");
    held.delete("gone");
    deeds.set("a", ({ rooms }) =>
      Promise.resolve({
        left: rooms.map(({ stored: { roomId } }) => ({
          ...{ roomId, code: "invalid-image", message: "It was cut." },
        })),
      }),
    );
    orphan();
    assert.equal(await isSettled(), true);
    assert.deepEqual(setAside, ["torn"]);
    assert.deepEqual(
      ["gone", "torn"].map((roomId) => table.findRoom(roomId)),
      [undefined, undefined],
    );
  });
});
