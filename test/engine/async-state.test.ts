import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import {
  Control_Action as Action,
  StateSchema,
  type State,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Room, RoomDefinition } from "../../server/room/room-api.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createBench, type Bench, type WireClient } from "./harness.ts";
import { createEchoRoom, quietInputs, type echoContract } from "./rooms.ts";

type Hooks = Partial<RoomDefinition<typeof echoContract, undefined>>;
type Work = (room: Room<typeof echoContract>) => Promise<void>;

/** What a table of clients and a room are given. `work` changes the state, waits, changes it, waits, and changes it. */
interface Case {
  readonly name: string;
  readonly hooks: (work: Work) => Hooks;
  readonly provoke: (bob: WireClient, bench: Bench) => void;
}

const query = { roomType: "echo", roomId: "r" };
const put = (client: WireClient, seq = 1) => client.put("1", seq, "", 0);

const cases: readonly Case[] = [
  {
    name: "onInput",
    hooks: (work) => ({ onInput: { ...quietInputs, put: (room) => work(room) } }),
    provoke: (bob) => put(bob),
  },
  {
    name: "onInput of one that wants a reply",
    hooks: (work) => ({
      onInput: {
        ...quietInputs,
        shout: async (room) => {
          await work(room);
          return "done";
        },
      },
    }),
    provoke: (bob) => bob.input("1", 1, "", { kind: 2, wantsReply: true }),
  },
  {
    name: "onJoin",
    hooks: (work) => ({ onJoin: (room, { id }) => (id === "cid" ? work(room) : undefined) }),
    provoke: (_bob, bench) => bench.connect("cid").join("1", query),
  },
  {
    name: "onLeave",
    hooks: (work) => ({ onLeave: (room) => work(room) }),
    provoke: (bob) => bob.send({ sessionId: "1", body: { case: "leave", value: {} } }),
  },
  {
    name: "onDrop",
    hooks: (work) => ({ onDrop: (room) => work(room) }),
    provoke: (bob) => bob.cut(),
  },
  {
    name: "room.after",
    hooks: (work) => ({
      onInput: { ...quietInputs, put: (room) => void room.after(0, () => work(room)) },
    }),
    provoke: (bob) => put(bob),
  },
  {
    name: "room.every",
    hooks: (work) => ({
      onInput: {
        ...quietInputs,
        put: (room) => {
          const timer = room.every(1, () => {
            timer.cancel();
            return work(room);
          });
        },
      },
    }),
    provoke: (bob) => put(bob),
  },
];

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, ms));
}

/** Whether one of these states has a row with this key. */
function haveKey(states: readonly State[], key: string): boolean {
  return states.some((state) => Buffer.from(toBinary(StateSchema, state)).includes(key));
}

/** The states that came before the first reply. */
function beforeReply(client: WireClient): State[] {
  const at = client.messages.findIndex(({ body }) => body.case === "reply");
  assert.ok(at >= 0, "no reply came");
  return client.messages
    .slice(0, at)
    .flatMap(({ body }) => (body.case === "state" ? [body.value] : []));
}

for (const [how, rate] of [
  ["a room without ticks", {}],
  ["a room with ticks", { tickRateHz: 20 }],
] as const) {
  describe(`what code changes after an await, in ${how}`, () => {
    for (const { name, hooks, provoke } of cases) {
      it(`TK-4: ${name}: it is sent while the code goes on, and when it is done`, async () => {
        const clock = createVirtualClock();
        const work: Work = async (room) => {
          await sleep(clock, 100);
          room.state.scores.set("first", { score: 1 });
          await sleep(clock, 500);
          room.state.scores.set("second", { score: 1 });
        };
        const echo = createEchoRoom(undefined, { ...rate, ...hooks(work) });
        const bench = createBench({ rooms: { echo }, clock });
        const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
        ann.join("1", query);
        bob.join("1", query);
        provoke(bob, bench);
        await clock.advanceAsync(90);
        assert.equal(haveKey(ann.all("state"), "first"), false);
        await clock.advanceAsync(110);
        assert.ok(haveKey(ann.all("state"), "first"), "within an update interval");
        assert.equal(haveKey(ann.all("state"), "second"), false);
        await clock.advanceAsync(500);
        assert.ok(haveKey(ann.all("state"), "second"), "when it is done");
        if (name.endsWith("reply")) assert.equal(haveKey(beforeReply(bob), "second"), true);
        bench.finish();
      });
    }

    it("IN-4: a second request within an update interval is answered after its state, too", async () => {
      const { bench, bob } = counting(rate);
      for (let seq = 1; seq <= 3; seq++) {
        bob.clear();
        bob.input("1", seq, `row${seq}`, { kind: 2, wantsReply: true });
        await bench.clock.advanceAsync(60);
        assert.ok(haveKey(beforeReply(bob), `row${seq}`), `request ${seq}`);
      }
      bob.clear();
      bob.input("1", 4, "row4", { kind: 2, wantsReply: true });
      bob.input("1", 5, "row5", { kind: 2, wantsReply: true });
      await bench.clock.advanceAsync(60);
      assert.deepEqual(
        bob.all("reply").map(({ seq }) => seq),
        [4n, 5n],
      );
      const last = bob.messages.findLastIndex(({ body }) => body.case === "state");
      const reply = bob.messages.findIndex(
        ({ body }) => body.case === "reply" && body.value.seq === 5n,
      );
      assert.equal(last < reply && haveKey(bob.all("state"), "row5"), true);
      bench.finish();
    });

    it("IN-4, PR-5: who wants few states gets the one its reply talks about before it, at once", async () => {
      const { bench, bob } = counting(rate);
      bob.send({
        sessionId: "1",
        body: { case: "control", value: { action: Action.SET_RATE, rateHz: 0.1 } },
      });
      for (let seq = 1; seq <= 2; seq++) {
        bob.clear();
        bob.input("1", seq, `row${seq}`, { kind: 2, wantsReply: true });
        await bench.clock.advanceAsync(60);
        assert.ok(haveKey(beforeReply(bob), `row${seq}`), `request ${seq}`);
      }
      bench.finish();
    });

    it("IN-4, PR-1: a paused session gets its replies, and no state", async () => {
      const { bench, bob } = counting(rate);
      bob.pause("1");
      bob.clear();
      bob.input("1", 1, "row1", { kind: 2, wantsReply: true });
      await bench.clock.advanceAsync(60);
      assert.deepEqual(bob.all("reply").length, 1);
      assert.deepEqual(bob.all("state"), []);
      bench.finish();
    });

    it("IN-6: the error of an input comes before its acknowledgement", async () => {
      const { bench, bob } = counting(rate);
      bob.clear();
      bob.input("1", 1, "a bug", { kind: 5 });
      await bench.clock.advanceAsync(60);
      const [first] = bob.messages.filter(({ sessionId }) => sessionId === "1");
      assert.equal(first?.body.case, "error");
      assert.equal(first.inputAck, 0n);
      assert.equal(bob.messages.at(-1)?.inputAck, 1n);
      bench.finish();
    });

    it("IN-2: a handler that goes on holds back acknowledgements, for so long and so many", async () => {
      const clock = createVirtualClock();
      const never = () => new Promise<void>(() => undefined);
      const hooks: Hooks = {
        onInput: { ...quietInputs, put: () => sleep(clock, 300), fail: never },
      };
      const echo = createEchoRoom(undefined, { ...rate, ...hooks });
      const limits = { hookTimeoutMs: 2_000, unackedInputsMax: 8 };
      const bench = createBench({ rooms: { echo }, clock, limits });
      const bob = bench.connect("bob");
      bob.join("1", query);
      const acked = () =>
        bob.messages.reduce((most, { inputAck }) => (inputAck > most ? inputAck : most), 0n);
      put(bob);
      bob.input("1", 2, "");
      await clock.advanceAsync(200);
      assert.equal(acked(), 0n, "the second waits for the first");
      await clock.advanceAsync(200);
      assert.equal(acked(), 2n);
      bob.input("1", 3, "", { kind: 5 });
      for (let seq = 4; seq <= 9; seq++) bob.input("1", seq, "");
      await clock.advanceAsync(200);
      assert.equal(acked(), 5n, "four are held back at most");
      await clock.advanceAsync(2_000);
      assert.equal(acked(), 9n, "and not for ever");
      bench.finish();
    });
  });
}

describe("code a room does not know of", () => {
  it("TK-4: what it changes goes with the next update at which anything happens, or when the room is told", () => {
    const rooms: Room<typeof echoContract>[] = [];
    const echo = createEchoRoom(undefined, { create: (room) => void rooms.push(room) });
    const bench = createBench({ rooms: { echo } });
    const bob = bench.connect("bob");
    bob.join("1", query);
    bench.clock.advance(1_000);
    const [room] = rooms;
    assert.ok(room !== undefined);
    const isSeen = (key: string): boolean => haveKey(bob.all("state"), key);
    room.state.scores.set("unknown", { score: 1 });
    bench.clock.advance(10_000);
    assert.equal(isSeen("unknown"), false);
    bob.input("1", 1, "anything");
    bench.clock.advance(60);
    assert.equal(isSeen("unknown"), true);
    room.state.scores.set("told", { score: 1 });
    room.touch();
    bench.clock.advance(60);
    assert.equal(isSeen("told"), true);
    bench.finish();
    room.touch();
  });

  it("TK-4: a room with ticks sends it at its next update", () => {
    const rooms: Room<typeof echoContract>[] = [];
    const echo = createEchoRoom(undefined, {
      tickRateHz: 20,
      create: (room) => void rooms.push(room),
    });
    const bench = createBench({ rooms: { echo } });
    const bob = bench.connect("bob");
    bob.join("1", query);
    bench.clock.advance(1_000);
    rooms[0]?.state.scores.set("unknown", { score: 1 });
    bench.clock.advance(51);
    assert.equal(haveKey(bob.all("state"), "unknown"), true);
    bench.finish();
  });
});

/** A room whose requests make a row each, and one who sits there. */
function counting(rate: Hooks): { readonly bench: Bench; readonly bob: WireClient } {
  const hooks: Hooks = {
    onInput: {
      ...quietInputs,
      shout: (room, _player, key) => {
        room.state.scores.set(key, { score: 1 });
        return key;
      },
      fail: () => {
        throw new Error("A bug.");
      },
    },
  };
  const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { ...rate, ...hooks }) } });
  const bob = bench.connect("bob");
  bob.join("1", query);
  return { bench, bob };
}

describe("what cannot be looked at", () => {
  const boom = () => {
    throw new Error("A getter with a bug.");
  };
  for (const [how, rate] of [
    ["without ticks", {}],
    ["with ticks", { tickRateHz: 20 }],
  ] as const) {
    it(`TK-4: rows, metadata and payloads that throw when they are read, in a room ${how}`, async () => {
      const bad = Object.defineProperty({}, "score", { get: boom, enumerable: true });
      const hooks: Hooks = {
        onInput: {
          ...quietInputs,
          put: (room) => {
            room.state.scores.set("before", { score: 1 });
            const row = room.state.scores.set("broken", { score: 1 });
            Object.defineProperty(row, "score", { get: boom, enumerable: true });
            room.state.scores.set("after", { score: 1 });
            room.metadata = bad;
          },
          say: (room) => void room.publish("said", { toJSON: boom } as unknown as string),
        },
      };
      const bench = createBench({
        rooms: { echo: createEchoRoom(undefined, { ...rate, ...hooks }) },
      });
      const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
      ann.join("1", query);
      put(ann);
      await bench.clock.advanceAsync(60);
      assert.equal(haveKey(ann.all("state"), "before"), true);
      assert.equal(haveKey(ann.all("state"), "after"), true);
      assert.equal(bench.engine.counters.handlerErrors, 1, "once, until it is right");
      ann.input("1", 2, "");
      await bench.clock.advanceAsync(60);
      assert.equal(bench.engine.counters.handlerErrors, 2);
      bob.join("1", query);
      assert.equal(bob.last("joined").metadataJson, "");
      assert.equal(bench.engine.directory.get("r")?.metadataJson, "");
      const look = await bench.engine.catalogue.ask("r", {
        ...{ kind: "look", eventsMax: 10, rowsMax: 10, unless: "" },
      });
      assert.ok(look !== "same");
      assert.match(JSON.stringify(look.metadata), /not shown: A getter with a bug/);
      assert.match(
        JSON.stringify(look.tables[0]?.rows[1]?.value),
        /not shown: A getter with a bug/,
      );
      bench.finish();
    });
  }

  it("TK-4: what a room says of itself has to be what it is", () => {
    const hooks: Hooks = {
      onInput: {
        ...quietInputs,
        say: (room) => void (room.maxPlayers = { valueOf: boom } as unknown as number),
        fail: (room) => void (room.listed = "yes" as unknown as boolean),
      },
    };
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, hooks) } });
    const ann = bench.connect("ann");
    ann.join("1", query);
    ann.input("1", 1, "");
    ann.input("1", 2, "", { kind: 5 });
    assert.equal(bench.engine.counters.handlerErrors, 2);
    assert.equal(bench.engine.directory.get("r")?.playersMax, 100);
    bench.finish();
  });
});
