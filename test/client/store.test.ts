import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { z } from "zod";
import { connect, type Client } from "../../client/index.ts";
import { createClientStore, createSessionStore, type RoomStore } from "../../client/store/index.ts";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { defineRoom, type Room } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";

const field = defineContract({
  state: { ships: PlayerSchema, notes: json(z.object({ text: z.string() })) },
  inputs: {
    move: json(z.object({ ship: z.string(), x: z.number() })),
    note: json(z.object({ key: z.string(), text: z.string() })),
    drop: json(z.string()),
    say: json(z.string()),
  },
  events: { said: json(z.string()) },
});

/** A room of three ships, one of which a client moves. */
function createWorld() {
  const calls: string[] = [];
  let opened: Room<typeof field> | undefined;
  const room = defineRoom(field, {
    tickRateHz: 20,
    create(made) {
      opened = made;
      for (const name of ["a", "b", "c"]) made.state.ships.set(name, { x: 0 });
      made.state.notes.set("n", { text: "first" });
    },
    onJoin: (_room, player) => void calls.push(`join ${player.id}`),
    onLeave: (_room, player) => void calls.push(`leave ${player.id}`),
    onInput: {
      move({ state }, _player, { ship, x }) {
        const row = state.ships.get(ship);
        if (row !== undefined) row.x = x;
      },
      note: ({ state }, _player, { key, text }) => void state.notes.set(key, { text }),
      drop: ({ state }, _player, ship) => void state.ships.delete(ship),
      say: (made, _player, text) => void made.publish("said", text),
    },
  });
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const engine = createEngine(
    resolveEngineConfig({ clock, random, ids: countingIds(), rooms: { field: room } }),
  );
  const dialer = createMemoryDialer({ acceptor: engine, clock, latencyMs: 5 });
  let connects = 0;
  const connecting = (signal: AbortSignal): Promise<Client> => {
    connects++;
    return connect("memory", { clientId: "ann", dialer, clock, random, signal });
  };
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advanceAsync(200);
    return await promise;
  };
  return {
    clock,
    engine,
    dialer,
    calls,
    connecting,
    settled,
    get connects() {
      return connects;
    },
    get room(): Room<typeof field> {
      assert.ok(opened !== undefined);
      return opened;
    },
    pass: (ms = 200) => clock.advanceAsync(ms),
    async finish(): Promise<void> {
      await clock.advanceAsync(1_000);
      engine.stop();
      clock.advance(1_000);
      assertQuiescent(engine, clock);
      assert.equal(dialer.livePairs, 0);
    },
  };
}

type World = ReturnType<typeof createWorld>;

async function enter(world: World) {
  const client = await world.settled(connect("memory", { ...options(world) }));
  const session = await world.settled(client.join(field, { roomType: "field" }));
  return { client, session, store: createSessionStore(session) };
}

function options({ dialer, clock }: World) {
  return { clientId: "ann", dialer, clock, random: () => 0.5 };
}

suite("the store of a session", () => {
  test("a row that has not changed is the same object, one that has is another; so are tables and snapshots", async () => {
    const world = createWorld();
    const { client, session, store } = await enter(world);
    await world.pass();
    const before = store.getSnapshot();
    assert.equal(store.getSnapshot(), before);
    assert.deepEqual([...before.state.ships.keys()], ["a", "b", "c"]);
    let told = 0;
    const unsubscribe = store.subscribe(() => told++);
    await world.settled(session.send("move", { ship: "b", x: 5 }));
    const after = store.getSnapshot();
    assert.equal(told, 1);
    assert.notEqual(after, before);
    assert.equal(after.state.notes, before.state.notes, "nothing has changed in it");
    assert.notEqual(after.state.ships, before.state.ships);
    assert.equal(after.state.ships.get("a"), before.state.ships.get("a"));
    assert.notEqual(after.state.ships.get("b"), before.state.ships.get("b"));
    assert.equal(before.state.ships.get("b")?.x, 0, "a snapshot never changes");
    assert.equal(after.state.ships.get("b")?.x, 5);
    assert.equal(session.state.ships.get("b")?.x, 5);
    unsubscribe();
    await world.settled(session.send("note", { key: "n", text: "second" }));
    assert.equal(told, 1, "taken back");
    const noted = store.getSnapshot();
    assert.equal(noted.state.ships, after.state.ships);
    assert.deepEqual(noted.state.notes.get("n"), { text: "second" });
    assert.deepEqual(after.state.notes.get("n"), { text: "first" });
    void client.close();
    await world.finish();
  });

  test("the version of a row grows when it changes and when it comes anew, and only then", async () => {
    const world = createWorld();
    const { client, session, store } = await enter(world);
    await world.pass();
    const versions = () => {
      const { ships } = store.getSnapshot().state;
      return ["a", "b"].map((key) => ships.versionOf(key));
    };
    const [a0 = 0, b0 = 0] = versions();
    assert.ok(a0 > 0 && b0 > 0);
    assert.equal(store.getSnapshot().state.ships.versionOf("nobody"), 0);
    await world.settled(session.send("move", { ship: "b", x: 5 }));
    const [a1 = 0, b1 = 0] = versions();
    assert.equal(a1, a0);
    assert.ok(b1 > b0);
    await world.settled(session.send("drop", "b"));
    assert.deepEqual(versions(), [a0, 0]);
    assert.equal(store.getSnapshot().state.ships.has("b"), false);
    world.room.state.ships.set("b", { x: 5 });
    await world.pass();
    const [a2 = 0, b2 = 0] = versions();
    assert.equal(a2, a0);
    assert.ok(b2 > b1);
    void client.close();
    await world.finish();
  });

  test("rows that a snapshot brings into another order, with the same values, are told", async () => {
    const world = createWorld();
    const { client, store } = await enter(world);
    await world.pass();
    const before = store.getSnapshot();
    world.dialer.refusing = true;
    world.dialer.cut();
    await world.pass();
    world.room.state.ships.delete("a");
    await world.pass();
    world.room.state.ships.set("a", { x: 0 });
    // More than the log holds: what follows is a whole state.
    for (let event = 0; event < 2_000; event++) world.room.publish("said", `${event}`);
    await world.pass();
    world.dialer.refusing = false;
    await world.pass(20_000);
    const after = store.getSnapshot();
    assert.equal(after.status, "active");
    assert.deepEqual([...after.state.ships.keys()], ["b", "c", "a"]);
    assert.equal(after.state.ships.get("b"), before.state.ships.get("b"), "kept over the snapshot");
    void client.close();
    await world.finish();
  });

  test("a status is told, and leaves the tables what they are", async () => {
    const world = createWorld();
    const { client, store } = await enter(world);
    await world.pass();
    const { state } = store.getSnapshot();
    const statuses: string[] = [];
    store.subscribe(() => statuses.push(store.getSnapshot().status));
    world.dialer.cut();
    await world.pass(2_000);
    assert.deepEqual(statuses, ["detached", "active"]);
    assert.equal(store.getSnapshot().state, state);
    void client.close();
    await world.finish();
    assert.equal(statuses.at(-1), "closed");
  });
});

suite("the store of a client", () => {
  test("connects for the first who subscribes and closes after the last; who goes and comes back at once changes nothing", async () => {
    const world = createWorld();
    const store = createClientStore(world.connecting);
    await world.pass();
    assert.equal(world.connects, 0, "nobody wants it");
    assert.equal(store.getSnapshot().status, "connecting");
    const first = store.subscribe(() => undefined);
    first();
    const second = store.subscribe(() => undefined);
    const third = store.subscribe(() => undefined);
    await world.pass();
    assert.equal(world.connects, 1);
    const { status, client } = store.getSnapshot();
    assert.equal(status, "live");
    second();
    second();
    await world.pass();
    assert.equal(client?.state, "live", "somebody is left");
    third();
    await world.pass();
    assert.equal(client.state, "closed");
    assert.deepEqual(store.getSnapshot(), store.getServerSnapshot());
    const again = store.subscribe(() => undefined);
    await world.pass();
    assert.equal(world.connects, 2);
    again();
    await world.finish();
  });

  test("says why there is no client, and tries again when it is told to", async () => {
    const world = createWorld();
    let refuse = true;
    const store = createClientStore((signal) =>
      refuse ? Promise.reject(new TypeError("no luck")) : world.connecting(signal),
    );
    const room = store.room(field, { roomType: "field" });
    const release = room.subscribe(() => undefined);
    await world.pass();
    assert.equal(store.getSnapshot().status, "failed");
    assert.match(store.getSnapshot().error?.message ?? "", /no luck/);
    assert.equal(room.getRoom().status, "failed");
    assert.equal(room.getRoom().error, store.getSnapshot().error);
    refuse = false;
    store.retry();
    await world.pass();
    assert.equal(room.getRoom().status, "active");
    store.retry();
    await world.pass();
    assert.equal(world.connects, 1, "it is live: there is nothing to try");
    release();
    await world.finish();
  });

  test("a connect that is taken back closes whatever it brings, though it has not heeded the signal", async () => {
    const world = createWorld();
    const store = createClientStore(() => connect("memory", options(world)));
    const release = store.subscribe(() => undefined);
    await world.clock.advanceAsync(1);
    release();
    await world.pass();
    assert.equal(store.getSnapshot().status, "connecting");
    await world.finish();
  });
});

suite("the store of a room", () => {
  const open = (world: World) => {
    const store = createClientStore(world.connecting);
    return { store, room: store.room(field, { roomType: "field" }) };
  };
  const seen = (room: RoomStore<typeof field>) => room.getSnapshot().state.ships.size;

  test("joins once for all who subscribe, and leaves after the last", async () => {
    const world = createWorld();
    const { store, room } = open(world);
    assert.equal(store.room(field, { roomType: "field" }), room, "the same options");
    assert.notEqual(store.room(field, { roomType: "field", roomId: "x" }), room);
    assert.equal(room.getSnapshot(), room.getServerSnapshot());
    const releases = [1, 2, 3].map(() => room.subscribe(() => undefined));
    releases.pop()?.();
    await world.pass();
    assert.deepEqual(world.calls, ["join ann"]);
    assert.equal(room.getRoom().status, "active");
    assert.equal(seen(room), 3);
    const kept = room.getRoom();
    await world.settled(room.getRoom().session?.send("move", { ship: "a", x: 1 }) ?? assert.fail());
    assert.equal(room.getRoom(), kept, "the seat is as it was");
    assert.equal(room.getSnapshot().state.ships.get("a")?.x, 1);
    for (const release of releases) release();
    await world.pass();
    assert.deepEqual(world.calls, ["join ann", "leave ann"]);
    assert.equal(room.getRoom().status, "joining");
    assert.equal(seen(room), 0);
    await world.finish();
  });

  test("a handler that is there before the seat misses nothing, and is there in the next seat, too", async () => {
    const world = createWorld();
    const { room } = open(world);
    const heard: string[] = [];
    const off = room.on("said", (text) => heard.push(text));
    assert.throws(() => room.on("sayd" as "said", () => undefined), { code: "unknown-kind" });
    let release = room.subscribe(() => undefined);
    await world.pass();
    world.room.publish("said", "one");
    await world.pass();
    release();
    await world.pass();
    world.room.publish("said", "nobody is there");
    await world.pass();
    release = room.subscribe(() => undefined);
    await world.pass();
    world.room.publish("said", "two");
    await world.pass();
    off();
    world.room.publish("said", "taken back");
    await world.pass();
    assert.deepEqual(heard, ["one", "two"]);
    release();
    await world.finish();
  });

  test("what the server refuses is told, and tried again when it is told to", async () => {
    const world = createWorld();
    const store = createClientStore(world.connecting);
    const room = store.room(field, { roomType: "nothing" });
    const release = room.subscribe(() => undefined);
    await world.pass();
    assert.equal(room.getRoom().status, "failed");
    assert.equal(room.getRoom().error?.code, "unknown-room-type");
    room.retry();
    assert.equal(room.getRoom().status, "joining");
    await world.pass();
    assert.equal(room.getRoom().status, "failed");
    release();
    await world.finish();
  });

  test("a seat that the room has ended says how", async () => {
    const world = createWorld();
    const { room } = open(world);
    const release = room.subscribe(() => undefined);
    await world.pass();
    const [ann] = world.room.players.values();
    assert.ok(ann !== undefined);
    world.room.kick(ann, "Go home.");
    await world.pass();
    const { status, end } = room.getRoom();
    assert.equal(status, "closed");
    assert.equal(end?.reason.name, "kicked");
    assert.equal(end.detail, "Go home.");
    assert.equal(seen(room), 3, "what was last seen is still there");
    room.retry();
    await world.pass();
    assert.equal(room.getRoom().status, "active");
    release();
    await world.finish();
  });
});
