import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { defineContract, json } from "../../shared/contract/index.ts";
import type { Clock } from "../../shared/clock.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { backoffMs, defaultBackoff } from "../../shared/backoff.ts";
import { resolveEngineConfig, resolveServerConfig } from "../../server/config.ts";
import { nextCongestion, uncongested } from "../../server/connection/congestion.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { findRoom, matchKeyOf, type RoomCandidate } from "../../server/rooms/matchmaking.ts";
import { nextSessionState } from "../../server/session/session-state.ts";
import { TimerWheel } from "../../server/schedule/timer-wheel.ts";
import { PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { echoContract } from "./rooms.ts";

describe("timer wheel", () => {
  it("fires between the delay and one resolution more, in a wheel of any load", () => {
    const clock = createVirtualClock();
    const wheel = new TimerWheel(clock, 50);
    const random = createSeededRandom(7);
    const startMs = clock.now();
    const late: number[] = [];
    for (let count = 0; count < 2_000; count++) {
      const delayMs = random() * 60_000;
      wheel.set(() => late.push(clock.now() - startMs - delayMs), delayMs);
    }
    clock.advance(61_000);
    assert.equal(late.length, 2_000);
    assert.ok(
      Math.min(...late) >= -1e-6 && Math.max(...late) <= 50.001,
      `${Math.min(...late)} ${Math.max(...late)}`,
    );
    assert.equal(wheel.size, 0);
    assert.equal(clock.pendingTimers, 0, "an empty wheel stands still");
  });

  it("a cancelled timer does not fire, also when cancelled by one before it in the same turn", () => {
    const clock = createVirtualClock();
    const wheel = new TimerWheel(clock, 50);
    const fired: string[] = [];
    wheel.set(() => {
      fired.push("first");
      second.cancel();
      wheel.set(() => fired.push("third"), 10);
    }, 100);
    const second = wheel.set(() => fired.push("second"), 100);
    clock.advance(1_000);
    assert.deepEqual(fired, ["first", "third"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("turns only when something is due, or might be", () => {
    const clock = createVirtualClock();
    let turns = 0;
    const counting: Clock = {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      defer: (callback) => clock.defer(callback),
      setTimer(callback, delayMs) {
        turns++;
        return clock.setTimer(callback, delayMs);
      },
    };
    const wheel = new TimerWheel(counting, 50);
    const fired: string[] = [];
    wheel.set(() => fired.push("late"), 20_000);
    wheel.set(() => fired.push("early"), 1_000);
    clock.advance(19_900);
    assert.deepEqual(fired, ["early"]);
    clock.advance(200);
    assert.deepEqual(fired, ["early", "late"]);
    assert.equal(turns, 3, "one set anew for what was due before it");
  });

  it("catches up after a stall longer than the wheel", () => {
    const clock = createVirtualClock();
    const wheel = new TimerWheel(clock, 50);
    const fired: number[] = [];
    for (const delayMs of [100, 30_000, 90_000]) wheel.set(() => fired.push(delayMs), delayMs);
    clock.stall(60_000);
    clock.advance(100);
    assert.deepEqual(
      fired.sort((a, b) => a - b),
      [100, 30_000],
    );
    clock.advance(31_000);
    assert.equal(fired.length, 3);
  });
});

describe("session state", () => {
  const paused = { kind: "paused", mode: PauseMode.SKIP } as const;
  const detached = { kind: "detached", sinceMs: 5, paused: PauseMode.SKIP } as const;
  const closed = { kind: "closed", reason: closeReasons.left } as const;

  it("RS-10: a paused session that detaches and attaches is paused as before", () => {
    const [away, effects] = nextSessionState(paused, { kind: "detach" }, 5);
    assert.deepEqual([away, effects], [detached, [{ kind: "room-drop" }]]);
    assert.deepEqual(nextSessionState(away, { kind: "attach" }, 9), [
      paused,
      [{ kind: "room-resume" }],
    ]);
  });

  it("nothing brings a closed session back, and what makes no sense changes nothing", () => {
    for (const event of [{ kind: "attach" }, { kind: "resume" }, { kind: "detach" }] as const) {
      assert.deepEqual(nextSessionState(closed, event, 9), [closed, []]);
    }
    assert.deepEqual(nextSessionState(detached, { kind: "resume" }, 9), [detached, []]);
    assert.deepEqual(nextSessionState(detached, { kind: "detach" }, 9), [detached, []]);
    assert.deepEqual(nextSessionState({ kind: "active" }, { kind: "attach" }, 9), [
      { kind: "active" },
      [],
    ]);
  });
});

describe("matchmaking", () => {
  const room = (facts: Partial<RoomCandidate>): RoomCandidate => ({
    seatsTaken: 1,
    seatsInUse: facts.seatsTaken ?? 1,
    maxPlayers: 4,
    locked: false,
    createdAtMs: 0,
    matchKey: "",
    ...facts,
  });

  it("JN-3: full, locked and unlike rooms are passed by; the fullest wins, then the oldest", () => {
    const old = room({ seatsTaken: 3, createdAtMs: 1 });
    const young = room({ seatsTaken: 3, createdAtMs: 2 });
    const rooms = [
      room({ seatsTaken: 4 }),
      room({ locked: true, seatsTaken: 3 }),
      room({ matchKey: "x", seatsTaken: 3 }),
      room({}),
      young,
      old,
    ];
    assert.equal(findRoom(rooms, ""), old);
    assert.equal(findRoom(rooms, "y"), undefined);
    const ghosts = room({ seatsTaken: 3, seatsInUse: 0 });
    const waiting = room({ seatsTaken: 1, createdAtMs: 1 });
    assert.equal(findRoom([ghosts, waiting], ""), waiting, "who is gone does not count");
  });

  it("JN-3: rooms match by the options their type names, whatever else is in them", () => {
    assert.equal(matchKeyOf([], { mode: "a" }), "");
    assert.equal(matchKeyOf(["mode"], { mode: "a", x: 1 }), matchKeyOf(["mode"], { mode: "a" }));
    assert.notEqual(matchKeyOf(["mode"], { mode: "a" }), matchKeyOf(["mode"], undefined));
  });

  it("JN-3: options match that are equal as JSON; one that is missing is not null", () => {
    const keyOf = (options: unknown) => matchKeyOf(["mode"], options);
    const nested = { mode: { map: "x", size: [1, { a: 1, b: 2 }] } };
    assert.equal(keyOf(nested), keyOf({ mode: { size: [1, { b: 2, a: 1 }], map: "x" } }));
    assert.notEqual(keyOf(nested), keyOf({ mode: { map: "x", size: [{ a: 1, b: 2 }, 1] } }));
    assert.notEqual(keyOf({ mode: null }), keyOf({}));
    assert.equal(keyOf({}), keyOf(undefined));
    assert.notEqual(matchKeyOf(["toString"], { toString: 1 }), matchKeyOf(["toString"], {}));
  });
});

describe("congestion", () => {
  it("BP-2: a slow write is a level up, five quick seconds a level down", () => {
    let state = nextCongestion(uncongested, 300, 0);
    state = nextCongestion(state, 300, 100);
    assert.equal(state.level, 2);
    state = nextCongestion(state, 10, 200);
    state = nextCongestion(state, 10, 5_100);
    assert.equal(state.level, 2);
    state = nextCongestion(state, 10, 5_200);
    assert.equal(state.level, 1);
    state = nextCongestion(state, 100, 9_000);
    state = nextCongestion(state, 10, 10_300);
    assert.equal(state.level, 1, "a write in between that was not quick begins the wait anew");
    for (let count = 0; count < 9; count++) state = nextCongestion(state, 1_000, 20_000);
    assert.equal(state.level, 3, "no further than an eighth");
  });
});

describe("backoff", () => {
  it("grows, is jittered over its upper half, and stays below its bound", () => {
    const random = createSeededRandom(1);
    for (let attempt = 0; attempt < 100; attempt++) {
      const ceiling = Math.min(10_000, 100 * 2 ** attempt);
      const waitMs = backoffMs(defaultBackoff, attempt, random);
      assert.ok(waitMs >= ceiling / 2 && waitMs <= ceiling, `${attempt}: ${waitMs}`);
    }
  });
});

describe("options", () => {
  it("each mistake is one clear line", () => {
    const mistakes: readonly (readonly [() => unknown, RegExp])[] = [
      [
        () => resolveServerConfig({ rooms: {}, port: 70_000 }),
        /^port is 70000; it has to be a whole number from 0 to 65535\.$/,
      ],
      [() => resolveServerConfig({ rooms: {}, port: Number.NaN }), /^port is NaN/],
      [
        () => resolveEngineConfig({ rooms: {}, limits: { connectionsMax: 0 } }),
        /^limits\.connectionsMax is 0; it has to be a number of 1 or more\.$/,
      ],
      [
        () => resolveEngineConfig({ rooms: {}, limits: JSON.parse('{"nope":1}') as object }),
        /^limits\.nope is not a limit/,
      ],
      [
        () => resolveEngineConfig({ rooms: {}, limits: { inboundFrameBytesMax: 6_000_000 } }),
        /from 1024 to 5242880/,
      ],
      [() => defineRoom(echoContract, {} as never), /onInput has no handler/],
      [
        () => defineRoom({ ...echoContract, inputs: {} }, { tickRateHz: 1_000 }),
        /^defineRoom: tickRateHz is 1000, it has to be a number from 0 to 240\.$/,
      ],
    ];
    for (const [make, message] of mistakes) {
      assert.throws(make, { name: "RoomlineError", code: "invalid-config", message });
    }
  });
});

describe("contracts, for users without a compiler", () => {
  it("what is no contract entry is named at once", () => {
    const bare = { add: z.string() } as never;
    assert.throws(() => defineContract({ inputs: bare }), {
      code: "invalid-config",
      message: /^defineContract: inputs\.add is neither json\(schema\) nor a protobuf-es message/,
    });
    assert.throws(() => defineContract({ input: {} } as never), /no section "input"/);
    assert.throws(
      () => json({ by: "number" } as never),
      /json\(\) takes a Standard Schema validator/,
    );
    assert.throws(() => resolveEngineConfig({} as never), /^RoomlineError: rooms is missing/);
  });
});
