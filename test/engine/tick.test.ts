import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  phasesOf,
  planSteps,
  slotDueMs,
  spread,
  type StepState,
} from "../../server/schedule/fixed-step.ts";
import { TickLoop } from "../../server/schedule/tick-loop.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createBench, inputMessage } from "./harness.ts";
import { createEchoRoom, quietInputs } from "./rooms.ts";

describe("fixed step", () => {
  const config = { stepMs: 50, phases: 1, catchUpStepsMax: 5 };

  it("TK-1: steps are anchored: lateness never adds up", () => {
    let state: StepState = { anchorMs: 1_000, done: 0 };
    let steps = 0;
    for (let nowMs = 1_000; nowMs <= 11_000; nowMs += 53.7) {
      const plan = planSteps(state, nowMs, config);
      assert.equal(plan.dropped, 0);
      state = plan.state;
      steps += plan.slots;
    }
    assert.equal(steps, Math.floor(9_988.2 / 50), "as many as the time that passed holds");
  });

  it("TK-1: a late loop catches up at most five steps and drops the rest", () => {
    const plan = planSteps({ anchorMs: 0, done: 10 }, 1_020, config);
    assert.deepEqual(
      { slots: plan.slots, dropped: plan.dropped, nextMs: slotDueMs(plan.state, 16, config) },
      { slots: 5, dropped: 5, nextMs: 1_050 },
    );
    assert.deepEqual(planSteps(plan.state, 1_049, config).slots, 0);
    assert.deepEqual(planSteps(plan.state, 1_050, config).slots, 1);
  });

  it("TK-1: a timer that fires a hair early still steps", () => {
    assert.equal(planSteps({ anchorMs: 0, done: 0 }, 49.999, config).slots, 1);
    assert.equal(planSteps({ anchorMs: 0, done: 0 }, 49, config).slots, 0);
  });
});

describe("phases of a step", () => {
  it("TK-1: each phase keeps to its own time, and a late loop gives up whole steps of all phases", () => {
    const config = { stepMs: 40, phases: 4, catchUpStepsMax: 2 };
    assert.equal(planSteps({ anchorMs: 0, done: 0 }, 29.9, config).slots, 2);
    const late = planSteps({ anchorMs: 0, done: 1 }, 199, config);
    assert.deepEqual(late, { state: { anchorMs: 120, done: 7 }, slots: 6, dropped: 3 });
    assert.equal(slotDueMs(late.state, 8, config), 200, "phase 0 at multiples of a step, as ever");
  });

  it("are no closer than 6 ms, and 16 at most", () => {
    assert.deepEqual(
      [1, 10, 20, 30, 60, 128, 1000].map((hz) => phasesOf(1000 / hz)),
      [...[16, 16, 8, 4, 2, 1, 1]],
    );
  });

  it("are filled so that few rooms lie far apart", () => {
    assert.deepEqual(spread(8), [0, 4, 2, 6, 1, 5, 3, 7]);
  });
});

describe("a ticker that comes from elsewhere", () => {
  /** When it ticks within 150 ms, if its next tick was due at that moment and it comes 7 ms after the loop was made. */
  const ticksWith = (dueMs: number): number[] => {
    const clock = createVirtualClock();
    const startMs = clock.now();
    const observer = { onStep: () => undefined, onDropped: () => undefined };
    const parts = { clock, catchUpStepsMax: 5, observer, afterSteps: () => undefined };
    const loop = new TickLoop({ ...parts, rateHz: 20 });
    const seen: number[] = [];
    const ticker = (note: (ms: number) => void) => ({
      tick: () => note(Math.round((clock.now() - startMs) * 100) / 100),
      overrun: () => undefined,
    });
    // Somebody who keeps the loop going, and its phases from being anybody's.
    loop.add(
      ticker(() => undefined),
      {},
    );
    clock.advance(107);
    const guest = ticker((ms) => void seen.push(ms));
    loop.add(guest, { dueMs: startMs + dueMs });
    const due = loop.dueMs(guest) ?? assert.fail();
    clock.advance(120);
    loop.remove(guest);
    assert.equal(
      Math.round((due - startMs) * 100) / 100,
      seen.find((ms) => ms > 107),
    );
    assert.equal(loop.dueMs(guest), undefined);
    return seen;
  };

  it("keeps its place within a step, whatever the time", () => {
    assert.deepEqual(ticksWith(125), [125, 175, 225]);
    assert.deepEqual(ticksWith(131.3), [131.25, 181.25]);
    assert.deepEqual(ticksWith(-1_000_025), [125, 175, 225]);
    assert.deepEqual(ticksWith(100_000), [150, 200]);
  });

  it("makes up for a step that was due on its way, at once", () => {
    assert.deepEqual(ticksWith(75), [107, 125, 175, 225]);
    assert.deepEqual(ticksWith(57), [107, 156.25, 206.25], "once, though two were");
    assert.deepEqual(ticksWith(107 - 250), [156.25, 206.25], "nobody waits for it any more");
  });
});

describe("ticks of rooms", () => {
  /** The times at which rooms of 20 Hz tick, by room id. */
  const ticking = (how: Parameters<typeof createEchoRoom>[1] = {}) => {
    const ticks = new Map<string, number[]>();
    const room = createEchoRoom(undefined, {
      ...how,
      tickRateHz: 20,
      onTick: ({ id: roomId }) =>
        void ticks.set(roomId, [...(ticks.get(roomId) ?? []), bench.clock.now()]),
    });
    const bench = createBench({ rooms: { echo: room } });
    const since = (roomId: string): number[] =>
      (ticks.get(roomId) ?? []).map((ms) => Math.round(ms - startMs));
    const startMs = bench.clock.now();
    return { bench, since };
  };

  it("TK-1: rooms of different players take turns within a step, each at its own fixed rate", () => {
    const { bench, since } = ticking();
    for (const name of ["ann", "bob", "cai"]) {
      bench.connect(name).join("1", { roomType: "echo", roomId: name });
    }
    bench.clock.advance(160);
    assert.deepEqual(
      { ann: since("ann"), bob: since("bob"), cai: since("cai") },
      { ann: [50, 100, 150], bob: [25, 75, 125], cai: [13, 63, 113] },
    );
    bench.finish();
  });

  it("a room that one player makes ticks with the rooms that player is in", () => {
    const { bench, since } = ticking();
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    ann.join("1", { roomType: "echo", roomId: "a" });
    bob.join("1", { roomType: "echo", roomId: "b" });
    bench.clock.advance(30);
    bob.join("2", { roomType: "echo", roomId: "bb" });
    bench.clock.advance(50);
    assert.deepEqual(since("b"), [25, 75]);
    assert.deepEqual(since("bb"), [75]);
    assert.deepEqual(since("a"), [50]);
    bench.finish();
  });

  it("so do rooms that one player joins in one go, though a seat takes its time", () => {
    const { bench, since } = ticking({ onJoin: () => Promise.resolve() });
    bench.connect("bob").join("1", { roomType: "echo", roomId: "b" });
    const join = (sessionId: string, roomId: string) => ({
      ...{ sessionId, body: { case: "join" as const, value: { roomType: "echo", roomId } } },
    });
    bench.connect("ann").send(join("1", "a"), join("2", "aa"), join("3", "aaa"));
    bench.clock.advance(60);
    assert.deepEqual([since("a"), since("aa"), since("aaa")], [[25], [25], [25]]);
    bench.finish();
  });

  it("a room does not make up for what passed while its phase was empty", () => {
    const { bench, since } = ticking();
    bench.connect("ann").join("1", { roomType: "echo", roomId: "a" });
    bench.clock.advance(30);
    bench.connect("bob").join("1", { roomType: "echo", roomId: "b" });
    bench.clock.advance(21);
    assert.deepEqual(since("b"), []);
    bench.clock.advance(25);
    assert.deepEqual(since("b"), [75]);
    bench.finish();
  });

  it("TK-1: an overrun is reported to the room and counted", () => {
    const dropped: number[] = [];
    const room = createEchoRoom(undefined, {
      tickRateHz: 20,
      onOverrun: (_room, info) => void dropped.push(info.droppedSteps),
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    bench.clock.advance(500);
    bench.clock.stall(1_000);
    bench.clock.advance(500);
    assert.deepEqual(dropped, [15]);
    assert.equal(bench.engine.counters.ticksDropped, 15);
    assert.equal(bench.engine.counters.ticks, 10 + 5 + 10);
    bench.finish();
  });

  it("TK-2, ST-5: inputs are applied at the tick's start in order, events come before the tick's state", () => {
    const room = createEchoRoom(undefined, {
      tickRateHz: 10,
      onTick: (context, { tick }) => void context.state.scores.set("tick", { score: tick }),
    });
    const bench = createBench({ rooms: { echo: room } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    bench.clock.advance(250);
    ann.clear();
    ann.input("1", 1, "a1");
    bob.input("1", 1, "b1");
    ann.send(inputMessage("1", 2, "a2"));
    assert.deepEqual(ann.texts("1"), [], "nothing is applied between ticks");
    bench.clock.advance(100);
    assert.deepEqual(ann.texts("1"), ["a1", "b1", "a2"]);
    assert.deepEqual(ann.kinds("1"), ["event", "event", "event", "state"]);
    bench.finish();
  });

  it("ST-1: the first state after a time with nobody in the room is the room's newest", () => {
    const room = createEchoRoom(undefined, {
      tickRateHz: 10,
      onTick: (context, { tick }) => void context.state.scores.set("tick", { score: tick }),
    });
    const bench = createBench({ rooms: { echo: room } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo", roomId: "a" });
    bench.clock.advance(250);
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    bench.clock.advance(1_000);
    bob.join("1", { roomId: "a" });
    bench.clock.advance(10);
    assert.deepEqual(
      bob.all("state").map(({ baseTick, tick }) => [baseTick, tick]),
      [[0n, 12n]],
    );
    bench.finish();
  });

  it("TK-3: a room without ticks runs once at the end of each turn in which inputs came", () => {
    let runs = 0;
    const seen = new Set<number>();
    const room = createEchoRoom(undefined, {
      onInput: {
        ...quietInputs,
        say: (context) => {
          if (!seen.has(context.tick)) runs++;
          seen.add(context.tick);
        },
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(...[1, 2, 3].map((seq) => inputMessage("1", seq, "x")));
    assert.equal(runs, 1, "three inputs, one turn");
    ann.input("1", 4, "x");
    assert.equal(runs, 2);
    bench.finish();
  });

  it("update rate below tick rate: 30 steps and 20 updates a second", () => {
    const room = createEchoRoom(undefined, {
      tickRateHz: 30,
      updateRateHz: 20,
      onTick: (context, { tick }) => void context.state.scores.set("tick", { score: tick }),
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    bench.clock.advance(10_010);
    assert.equal(bench.engine.counters.ticks, 300);
    assert.equal(ann.all("state").length, 200);
    bench.finish();
  });

  it("update rate without ticks: the first change at once, 20 updates a second however much happens", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    bench.clock.advance(1_000);
    const before = ann.all("state").length;
    const put = (seq: number) => ann.put("1", seq, "a", seq);
    put(1);
    assert.equal(ann.all("state").length - before, 1, "at once");
    for (let seq = 2; seq <= 200; seq++) {
      bench.clock.advance(5);
      put(seq);
    }
    bench.clock.advance(100);
    const states = ann.all("state").length - before;
    assert.ok(states >= 19 && states <= 22, `${states} updates in 1 s`);
    bench.finish();
  });

  it("IN-2: an input is acknowledged with the state it changed, not before", () => {
    const room = createEchoRoom(undefined, { tickRateHz: 20, updateRateHz: 5 });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    bench.clock.advance(1_000);
    ann.clear();
    ann.put("1", 1, "a", 1);
    ann.input("1", 2, "said in the tick");
    for (let ms = 0; ms < 1_000; ms += 50) {
      bench.clock.advance(50);
      const acked = ann.messages.some(({ inputAck }) => inputAck >= 1n);
      assert.equal(acked, ann.all("state").length > 0, `${ms} ms`);
    }
    assert.deepEqual(ann.kinds("1"), ["event", "state"]);
    assert.deepEqual(
      ann.messages.map(({ inputAck }) => inputAck),
      [0n, 2n],
    );
    bench.finish();
  });

  it("timers of a room die with it; every() is anchored", () => {
    const fired: number[] = [];
    const room = createEchoRoom(undefined, {
      emptyDelayMs: 0,
      create: (context) => {
        context.every(100, () => void fired.push(context.nowMs()));
        context.after(250, () => void context.publish("said", "later"));
        return undefined;
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const startMs = bench.clock.now();
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    bench.clock.advance(1_050);
    assert.deepEqual(
      fired.map((ms) => Math.round(ms - startMs)),
      [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000],
    );
    assert.deepEqual(ann.texts("1"), ["later"]);
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    bench.clock.advance(1_000);
    assert.equal(bench.engine.rooms.size, 0);
    assert.equal(fired.length, 10);
    bench.finish();
  });
});
