import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";
import { createBench, makeRoom, type Bench, type WireClient } from "./harness.ts";
import { createEchoRoom, type echoContract } from "./rooms.ts";
import { watchProcess } from "./thrown.ts";

type Hooks = Partial<RoomDefinition<typeof echoContract, undefined>>;

/** Promises that wait for the test, in the order they were asked for. */
class Latches {
  readonly #waiting: { open: () => void; fail: (error: Error) => void }[] = [];

  readonly wait = (): Promise<undefined> =>
    new Promise((resolve, reject) => {
      this.#waiting.push({ open: () => resolve(undefined), fail: reject });
    });

  get count(): number {
    return this.#waiting.length;
  }

  open(): void {
    this.#waiting.shift()?.open();
  }

  fail(error: Error = new Error("The database is away.")): void {
    this.#waiting.shift()?.fail(error);
  }
}

interface Scene {
  readonly bench: Bench;
  readonly latches: Latches;
  readonly calls: string[];
  /** Goes on with what waits for promises. */
  readonly settle: () => Promise<void>;
  readonly finish: () => Promise<void>;
}

function scene(hooks: (latches: Latches, calls: string[]) => Hooks): Scene {
  const stray = watchProcess();
  const latches = new Latches();
  const trace = { calls: [] as string[] };
  const echo = createEchoRoom(trace, { ...hooks(latches, trace.calls) });
  const bench = createBench({ rooms: { echo }, limits: { hookTimeoutMs: 5_000 } });
  return {
    bench,
    latches,
    calls: trace.calls,
    settle: () => bench.clock.settleAsync(),
    async finish() {
      bench.finish();
      assert.deepEqual(await stray.seen(), []);
    },
  };
}

const byId = { roomType: "echo", roomId: "r" };
const leave = (client: WireClient) =>
  client.send({ sessionId: "1", body: { case: "leave", value: {} } });
const slowJoins = (latches: Latches, calls: string[]): Hooks => ({
  emptyDelayMs: 60_000,
  onJoin: async (_room, { id }) => {
    calls.push(`join ${id}`);
    if (id !== "bob") await latches.wait();
  },
});
const liveRoom = ({ engine }: Bench) => {
  const room = engine.rooms.get("r");
  assert.ok(room);
  return room;
};

describe("joins while create waits", () => {
  for (const [how, query] of [
    ["id", byId],
    ["type", { roomType: "echo" }],
  ] as const) {
    it(`JN-4: those who come meanwhile, by ${how}, get the one room, which nobody sees before`, async () => {
      const { bench, latches, settle, finish } = scene((them) => ({ create: them.wait }));
      const clients = ["ann", "bob", "cid"].map((name) => bench.connect(name));
      for (const client of clients) client.join("1", query);
      await settle();
      assert.equal(latches.count, 1);
      assert.equal(bench.engine.rooms.size, 0);
      assert.equal(bench.engine.directory.get("r"), undefined);
      latches.open();
      await settle();
      const ids = clients.map((client) => client.last("joined").roomId);
      assert.equal(new Set(ids).size, 1);
      assert.equal(bench.engine.rooms.size, 1);
      await finish();
    });

    it(`JN-4: when it fails, those who waited by ${how} look anew`, async () => {
      const { bench, latches, settle, finish } = scene((them) => ({ create: them.wait }));
      const clients = ["ann", "bob", "cid"].map((name) => bench.connect(name));
      for (const client of clients) client.join("1", query);
      await settle();
      latches.fail();
      await settle();
      const [ann, bob, cid] = clients;
      assert.equal(ann?.last("error").code, ErrorCode.JOIN_REFUSED);
      assert.equal(latches.count, 1, "one is made for both others");
      latches.open();
      await settle();
      assert.equal(bob?.last("joined").roomId, cid?.last("joined").roomId);
      assert.equal(bench.engine.rooms.size, 1);
      await finish();
    });
  }

  it("no more come in than the room will hold", async () => {
    const { bench, latches, settle, finish } = scene((them) => ({
      maxPlayers: 2,
      create: them.wait,
    }));
    const clients = ["ann", "bob", "cid"].map((name) => bench.connect(name));
    for (const client of clients) client.join("1", { roomType: "echo" });
    await settle();
    assert.equal(latches.count, 2, "two rooms for three");
    latches.open();
    latches.open();
    await settle();
    assert.equal(new Set(clients.map((client) => client.last("joined").roomId)).size, 2);
    await finish();
  });

  it("a room that closes itself while it is made never was, and its id is free at once", async () => {
    const { bench, settle, finish } = scene(() => ({
      create: (room) => {
        room.after(100, () => room.close());
        return new Promise<undefined>(() => undefined);
      },
    }));
    const ann = bench.connect("ann");
    ann.join("1", byId);
    await bench.clock.advanceAsync(100);
    await settle();
    assert.equal(ann.last("error").message, "The room closed at once.");
    assert.equal(bench.engine.rooms.hosted("r"), undefined);
    await finish();
  });
});

describe("the server goes while hooks wait", () => {
  const hooks: Record<string, (latches: Latches) => Hooks> = {
    authorize: ({ wait }) => ({ authorize: wait }),
    create: ({ wait }) => ({ create: wait }),
    onJoin: ({ wait }) => ({ onJoin: wait }),
    onWatch: ({ wait }) => ({ watchable: true, onWatch: wait }),
  };
  for (const [name, hook] of Object.entries(hooks)) {
    for (const late of ["open", "fail"] as const) {
      it(`nothing is left of ${name} that waits, and who would ${late} it later finds nobody`, async () => {
        const { bench, latches, settle, finish } = scene(hook);
        if (name === "onWatch") makeRoom(bench.engine, byId);
        bench.connect("ann").join("1", byId);
        const watch = async () =>
          bench.engine.catalogue.ask("r", {
            ...{ kind: "watch", clientId: "eve", claims: undefined, isOperator: false },
          });
        const watching =
          name === "onWatch" ? assert.rejects(watch(), /closed meanwhile/) : undefined;
        await settle();
        assert.equal(latches.count, 1);
        await finish();
        latches[late]();
        await settle();
        await watching;
        assert.equal(bench.engine.rooms.size, 0);
        assert.equal(bench.clock.pendingTimers, 0);
      });
    }
  }

  it("DR-1: a room in the making when the drain begins is not opened", async () => {
    const { bench, latches, settle, finish } = scene(({ wait }) => ({ create: wait }));
    const ann = bench.connect("ann");
    ann.join("1", byId);
    await settle();
    bench.engine.drain(10_000);
    latches.open();
    await settle();
    assert.equal(ann.last("error").code, ErrorCode.DRAINING);
    assert.equal(bench.engine.rooms.size, 0);
    await finish();
  });
});

describe("players who go while onJoin waits", () => {
  for (const [how, go] of [
    ["leaves", leave],
    ["loses its connection", (client: WireClient) => client.cut()],
  ] as const) {
    it(`JN-4: one who ${how} has its seat given back when onJoin is done`, async () => {
      const { bench, latches, calls, settle, finish } = scene(slowJoins);
      const ann = bench.connect("ann");
      ann.join("1", byId);
      await settle();
      const room = liveRoom(bench);
      assert.deepEqual([room.list().players, room.list().reserved], [0, 1]);
      go(ann);
      latches.open();
      await settle();
      assert.deepEqual(calls, ["join ann", "leave ann left"]);
      assert.equal(room.seatsTaken, 0);
      await bench.clock.advanceAsync(60_000);
      assert.equal(bench.engine.rooms.size, 0, "the room was empty, and went");
      await finish();
    });
  }

  it("JN-4: one who comes back and joins again waits for the first onJoin, and gets a seat", async () => {
    const { bench, latches, calls, settle, finish } = scene(slowJoins);
    const ann = bench.connect("ann");
    ann.join("1", byId);
    await settle();
    const again = bench.connect("ann", { resumeToken: ann.last("welcome").resumeToken });
    again.join("1", byId);
    await settle();
    assert.deepEqual(again.kinds("1"), []);
    latches.open();
    await settle();
    latches.open();
    await settle();
    assert.deepEqual(calls, ["join ann", "leave ann left", "join ann"]);
    assert.deepEqual(again.kinds("1"), ["joined", "endOfBacklog", "state"]);
    assert.deepEqual([...liveRoom(bench).context.players.keys()], ["ann"]);
    await finish();
  });

  it("JN-1: of several Joins of one player in one room, one gets the seat", async () => {
    const { bench, latches, settle, finish } = scene(slowJoins);
    const ann = bench.connect("ann");
    for (const sessionId of ["1", "2", "3"]) ann.join(sessionId, byId);
    await settle();
    assert.equal(ann.last("error", "2").code, ErrorCode.SESSION_EXISTS, "3 took its place in line");
    latches.open();
    await settle();
    assert.deepEqual(ann.kinds("1"), ["joined", "endOfBacklog", "state"]);
    assert.equal(ann.last("error", "3").code, ErrorCode.SESSION_EXISTS);
    await finish();
  });
});

describe("the room while onJoin waits", () => {
  it("JN-4: nobody sees the player before onJoin is done, but onJoin itself", async () => {
    const seen: number[] = [];
    const { bench, latches, settle, finish } = scene(({ wait }) => ({
      onJoin: async (room, { id }) => {
        seen.push(room.players.size);
        if (id === "bob") return;
        await wait();
        seen.push(room.players.size);
        assert.ok(room.players.has("ann"));
      },
    }));
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", byId);
    bob.join("1", byId);
    await settle();
    const room = liveRoom(bench);
    assert.deepEqual([...room.context.players.keys()], ["bob"]);
    assert.equal(room.list().players, 1);
    latches.open();
    await settle();
    assert.deepEqual(seen, [1, 1, 2]);
    assert.equal(room.list().players, 2);
    await finish();
  });

  it("JN-5: what is published meanwhile reaches the joiner after Joined, unless it is left out", async () => {
    const { bench, latches, settle, finish } = scene(({ wait }) => ({
      onJoin: async (room, player) => {
        if (player.id === "bob") return;
        room.publish("said", "not for ann", { except: player });
        room.publish("said", "for ann", { to: player });
        await wait();
        room.publish("said", "at last", { from: player });
      },
    }));
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    bob.join("1", byId);
    ann.join("1", byId);
    await settle();
    bob.input("1", 1, "meanwhile");
    assert.deepEqual(ann.kinds("1"), []);
    latches.open();
    await settle();
    assert.deepEqual(ann.texts("1"), ["for ann", "meanwhile", "at last"]);
    assert.equal(ann.kinds("1")[0], "joined");
    assert.deepEqual(bob.texts("1"), ["not for ann", "meanwhile", "at last"]);
    await finish();
  });

  const ends: readonly (readonly [string, (bench: Bench) => void, number, string])[] = [
    [
      "room closes",
      (bench) => liveRoom(bench).close(closeReasons.roomClosed, ""),
      ErrorCode.UNKNOWN_ROOM,
      'Room "r" was closed meanwhile.',
    ],
    [
      "player is kicked",
      (bench) => liveRoom(bench).expel("ann", closeReasons.kicked, "Enough."),
      ErrorCode.JOIN_REFUSED,
      "Enough.",
    ],
  ];
  for (const [how, end, code, message] of ends) {
    for (const late of ["open", "fail"] as const) {
      it(`JN-4: the ${how} meanwhile: the player is told, and never sat there (${late})`, async () => {
        const { bench, latches, calls, settle, finish } = scene(slowJoins);
        const ann = bench.connect("ann");
        ann.join("1", byId);
        await settle();
        end(bench);
        bench.clock.settle();
        assert.equal(ann.last("error").code, code);
        assert.equal(ann.last("error").message, message);
        latches[late]();
        await settle();
        assert.deepEqual(ann.kinds("1"), ["error"]);
        assert.ok(!calls.some((call) => call.startsWith("leave")));
        await finish();
      });
    }
  }

  for (const end of ["kick", "close"] as const) {
    it(`JN-4: an onJoin that calls ${end} and then rejects refuses once`, async () => {
      const { bench, calls, settle, finish } = scene(() => ({
        onJoin: async (room, player) => {
          if (end === "kick") room.kick(player, "No.");
          else room.close();
          await Promise.resolve();
          throw new Error("A bug as well.");
        },
      }));
      const ann = bench.connect("ann");
      ann.join("1", byId);
      await settle();
      assert.deepEqual(ann.kinds("1"), ["error"]);
      assert.equal(bench.engine.counters.handlerErrors, 1);
      assert.deepEqual(
        calls.filter((call) => call.startsWith("leave")),
        [],
      );
      await finish();
    });
  }
});

describe("reservations while onJoin waits", () => {
  const reserved = async (late: (made: Scene) => Promise<void>) => {
    const made = scene(({ wait }) => ({ maxPlayers: 1, emptyDelayMs: 60_000, onJoin: wait }));
    const { bench, settle } = made;
    const room = makeRoom(bench.engine, byId);
    const secret = bench.engine.reservations.hold(room, { playerId: "ann", holder: "ann" });
    const ann = bench.connect("ann");
    ann.join("1", { roomId: "r", reservation: secret });
    await settle();
    assert.equal(room.list().reserved, 1);
    await late(made);
    await settle();
    return { made, room, ann, secret };
  };

  it("LB-4: a refusal leaves it as it was", async () => {
    const { made, room, ann, secret } = await reserved(async ({ latches }) => {
      latches.fail(new RoomlineError("join-refused", "Not yet."));
      return Promise.resolve();
    });
    assert.equal(ann.last("error").message, "Not yet.");
    assert.equal(room.list().reserved, 1);
    ann.join("1", { roomId: "r", reservation: secret });
    await made.settle();
    made.latches.open();
    await made.settle();
    assert.equal(room.list().players, 1);
    await made.finish();
  });

  it("LB-4: one that expires meanwhile is good for the Join that waits, and for no other", async () => {
    const { made, room, ann } = await reserved(async ({ bench, latches }) => {
      await bench.clock.advanceAsync(4_000);
      latches.open();
    });
    assert.equal(room.list().players, 1);
    assert.deepEqual(ann.kinds("1"), ["joined", "endOfBacklog", "state"]);
    await made.finish();
  });

  it("LB-4: a refusal after its time gives back nothing", async () => {
    const stray = watchProcess();
    const latches = new Latches();
    const echo = createEchoRoom(undefined, { emptyDelayMs: 60_000, onJoin: latches.wait });
    const bench = createBench({ rooms: { echo }, limits: { reservationMs: 1_000 } });
    const room = makeRoom(bench.engine, byId);
    const secret = bench.engine.reservations.hold(room, { playerId: "ann", holder: "ann" });
    const ann = bench.connect("ann");
    ann.join("1", { roomId: "r", reservation: secret });
    await bench.clock.advanceAsync(2_000);
    latches.fail(new RoomlineError("join-refused", "Too late."));
    await bench.clock.settleAsync();
    assert.equal(room.seatsTaken, 0);
    ann.join("1", { roomId: "r", reservation: secret });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_RESERVATION);
    bench.finish();
    assert.deepEqual(await stray.seen(), []);
  });
});
