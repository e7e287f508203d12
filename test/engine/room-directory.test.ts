import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import type { DirectoryWatch } from "../../server/rooms/directory-watch.ts";
import type { Room } from "../../server/room/room-api.ts";
import { createBench, type Bench, makeRoom } from "./harness.ts";
import { createEchoRoom, type echoContract } from "./rooms.ts";

type EchoRoom = Room<typeof echoContract>;

/** An engine whose rooms the test can reach into, and a way to watch them. */
function createLobby(
  limits: { lobbyWatchersMax?: number; lobbyWatchersPerCallerMax?: number } = {},
) {
  const rooms = new Map<string, EchoRoom>();
  const echo = createEchoRoom(undefined, {
    emptyDelayMs: Infinity,
    create: (room) => {
      rooms.set(room.id, room);
      return undefined;
    },
  });
  const bench = createBench({ rooms: { echo }, limits });
  return {
    bench,
    create: (roomId: string): EchoRoom => {
      makeRoom(bench.engine, { roomId, roomType: "echo", options: null });
      const room = rooms.get(roomId);
      assert.ok(room !== undefined);
      return room;
    },
  };
}

const everything = () => true;
const unlocked = ({ locked }: { locked: boolean }) => !locked;

/** What a watch gives, as `+id` and `-id`. */
function taken(watch: DirectoryWatch): string[] {
  const { removed, changed } = watch.take();
  return [...removed.map((id) => `-${id}`), ...changed.map(({ roomId }) => `+${roomId}`)];
}

function watchAll(bench: Bench, matches: Parameters<Bench["engine"]["directory"]["watch"]>[0]) {
  let wakes = 0;
  const watch = bench.engine.directory.watch(matches, () => wakes++);
  return { watch, wakes: () => wakes };
}

describe("room directory", () => {
  it("LB-3: first the list, then only what has changed, then what is gone", () => {
    const { bench, create } = createLobby();
    const a = create("a");
    create("b");
    const { watch } = watchAll(bench, everything);
    assert.deepEqual(taken(watch), ["+a", "+b"]);
    assert.deepEqual(taken(watch), []);
    a.metadata = { map: "hills" };
    create("c");
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["+a", "+c"]);
    a.close();
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["-a"]);
    watch.end();
    bench.finish();
  });

  it("LB-3: changes within an interval are told as one, and at once after a quiet time", () => {
    const { bench, create } = createLobby();
    const a = create("a");
    const { watch, wakes } = watchAll(bench, everything);
    taken(watch);
    bench.clock.advance(1_000);
    a.locked = true;
    bench.clock.advance(0);
    assert.equal(wakes(), 1, "at once");
    for (let count = 1; count <= 100; count++) {
      a.maxPlayers = count;
      bench.clock.advance(10);
    }
    assert.equal(wakes(), 1 + 4, "four a second");
    const [newest] = watch.take().changed;
    assert.equal(newest?.playersMax, 100);
    watch.end();
    bench.finish();
  });

  it("LB-3: what is as it was before is no change", () => {
    const { bench, create } = createLobby();
    const a = create("a");
    const { watch, wakes } = watchAll(bench, everything);
    taken(watch);
    a.locked = true;
    a.locked = false;
    bench.clock.advance(1_000);
    assert.equal(wakes(), 0);
    watch.end();
    bench.finish();
  });

  it("LB-3: a room that stops matching is removed, one that never matched is not told of", () => {
    const { bench, create } = createLobby();
    const [a, b] = [create("a"), create("b")];
    b.locked = true;
    const { watch } = watchAll(bench, unlocked);
    assert.deepEqual(taken(watch), ["+a"]);
    a.locked = true;
    b.maxPlayers = 3;
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["-a"]);
    b.close();
    a.locked = false;
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["+a"]);
    watch.end();
    bench.finish();
  });

  it("LB-1: a room that is not listed is neither listed nor watched, until it says so", () => {
    const { bench, create } = createLobby();
    const { directory } = bench.engine;
    const a = create("a");
    a.listed = false;
    const { watch } = watchAll(bench, everything);
    assert.deepEqual(taken(watch), []);
    assert.deepEqual(directory.page(everything, { after: 0, size: 9 }).listings, []);
    assert.equal(directory.get("a")?.roomId, "a", "who knows its id");
    a.listed = true;
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["+a"]);
    a.listed = false;
    bench.clock.advance(250);
    assert.deepEqual(taken(watch), ["-a"]);
    watch.end();
    bench.finish();
  });

  it("LB-3: a reader that was slow for many beats gets the newest, once", () => {
    const { bench, create } = createLobby();
    const rooms = ["a", "b", "c"].map(create);
    const { watch } = watchAll(bench, everything);
    taken(watch);
    for (const room of rooms) {
      room.locked = true;
      bench.clock.advance(300);
    }
    rooms[0]?.close();
    bench.clock.advance(300);
    create("a");
    create("d").close();
    bench.clock.advance(300);
    const { removed, changed } = watch.take();
    assert.deepEqual(removed, ["a"], "closed, before it was made anew");
    assert.deepEqual(changed.map(({ roomId }) => roomId).sort(), ["a", "b", "c"]);
    assert.deepEqual(taken(watch), []);
    watch.end();
    bench.finish();
  });

  it("LB-3: watchers of one caller are bounded", () => {
    const { bench } = createLobby({ lobbyWatchersPerCallerMax: 1 });
    const { directory } = bench.engine;
    const watch = (caller?: string) => directory.watch(everything, () => undefined, caller);
    const ann = watch("ann");
    assert.throws(() => watch("ann"), { code: "rate-limited" });
    const others = [watch("bob"), watch(), watch()];
    ann.end();
    for (const one of [...others, watch("ann")]) one.end();
    assert.equal(directory.watchers, 0);
    bench.finish();
  });

  it("LB-3: watchers are bounded, and leave nothing behind", () => {
    const { bench, create } = createLobby({ lobbyWatchersMax: 1 });
    const { directory } = bench.engine;
    const a = create("a");
    const { watch } = watchAll(bench, everything);
    assert.throws(() => watchAll(bench, everything), { code: "rate-limited" });
    a.locked = true;
    watch.end();
    assert.equal(directory.watchers, 0);
    a.locked = false;
    a.close();
    const again = watchAll(bench, everything);
    assert.deepEqual(taken(again.watch), []);
    again.watch.end();
    bench.finish();
  });

  it("LB-2: pages are in the order of creation, whatever comes and goes between them", () => {
    const { bench, create } = createLobby();
    const { directory, rooms } = bench.engine;
    for (const id of ["a", "b", "c", "d", "e"]) create(id);
    const ids = (after: number) => {
      const { listings, next } = directory.page(everything, { after, size: 2 });
      return { ids: listings.map(({ roomId }) => roomId), next };
    };
    const first = ids(0);
    assert.deepEqual(first.ids, ["a", "b"]);
    rooms.get("b")?.close(closeReasons.roomClosed, "");
    create("f");
    const second = ids(first.next ?? 0);
    assert.deepEqual(second.ids, ["c", "d"]);
    const third = ids(second.next ?? 0);
    assert.deepEqual(third, { ids: ["e", "f"], next: undefined });
    bench.finish();
  });

  it("LB-1: metadata without JSON hides no room", () => {
    const { bench, create } = createLobby();
    const metadata: unknown[] = [];
    create("a").metadata = metadata;
    metadata.push(1n);
    const [listing] = bench.engine.directory.page(everything, { after: 0, size: 1 }).listings;
    assert.equal(listing?.metadataJson, "");
    bench.finish();
  });
});
