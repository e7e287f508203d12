import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { LoopTurns } from "../../server/transport/loop-turns.ts";
import {
  frameCost,
  ReadPace,
  readCost,
  readersPerTurn,
  readPaceParts,
} from "../../server/transport/read-pace.ts";
import { transportLimits } from "../../server/transport/transport-limits.ts";
import { defaultLimits } from "../../shared/limits.ts";

/** A reader that writes down what it is told. */
function createReader(bucket = { perSecond: 1_000, burst: 1_000 }, restsMax = 3) {
  const clock = createVirtualClock();
  const told: string[] = [];
  const turns = new LoopTurns(clock, readersPerTurn);
  const pace = new ReadPace(
    { clock, turns, bucket, unitsPerTurn: 100, restsMax },
    {
      stopReading: () => told.push("stop"),
      goOn: () => told.push(`go on at ${clock.now()}`),
      onFlood: () => told.push("flood"),
    },
  );
  return { clock, told, pace };
}

test("FL-3: a frame costs by who reads it, and by its size", () => {
  assert.equal(frameCost(readCost.ours, 50), 1);
  assert.equal(frameCost(readCost.theirs, 0), 4);
  assert.equal(frameCost(readCost.request, 3 * 1_024), 35);
});

test("FL-3: after some of its frames everybody else has a turn, and then it goes on", () => {
  const { clock, told, pace } = createReader();
  for (let unit = 1; unit < 100; unit++) assert.equal(pace.spend(1, 0), false);
  assert.equal(pace.spend(1, 0), true);
  assert.equal(pace.isResting, true);
  assert.equal(pace.spend(5, 0), true, "what the reader cannot leave counts, too");
  assert.deepEqual(told, ["stop"]);
  clock.advance(0);
  assert.deepEqual(told, ["stop", "go on at 0"]);
  assert.equal(pace.spend(1, 0), false);
});

test("FL-3: of many that have had their turn a few go on in each, so that a turn is not as long as there are attackers", () => {
  const clock = createVirtualClock();
  const limits = { ...defaultLimits, framesPerSecond: 1e6, framesBurst: 1e6 };
  const parts = readPaceParts(clock, limits, transportLimits);
  let turn = 0;
  const wentOn: number[] = [];
  const pace = (): ReadPace =>
    new ReadPace(parts, {
      stopReading: () => undefined,
      goOn: () => wentOn.push(turn),
      onFlood: () => undefined,
    });
  for (let connection = 1; connection <= 5; connection++) pace().spend(parts.unitsPerTurn, 0);
  while (wentOn.length < 5 && turn < 10) {
    turn++;
    clock.runDeferred();
  }
  assert.deepEqual(wentOn, [1, 1, 2, 2, 3]);
});

test("FL-3: who sends more than the rate rests until half of the burst is there again", () => {
  const { clock, told, pace } = createReader();
  pace.spend(1_200, 0);
  clock.advance(0);
  assert.deepEqual(told, ["stop"]);
  clock.advance(699);
  assert.deepEqual(told, ["stop"]);
  clock.advance(1);
  assert.deepEqual(told, ["stop", "go on at 700"]);
});

test("FL-3: no rest is longer than 2 s", () => {
  const { clock, told, pace } = createReader();
  pace.spend(100_000, 0);
  clock.advance(2_000);
  assert.deepEqual(told, ["stop", "go on at 2000"]);
});

test("FL-3: after so many rests in a row it is a flood, and nothing goes on", () => {
  const { clock, told, pace } = createReader();
  for (let rest = 1; rest <= 4; rest++) {
    pace.spend(5_000, 0);
    clock.advance(2_000);
  }
  assert.equal(told.filter((what) => what === "stop").length, 4);
  assert.equal(told.at(-1), "flood");
  clock.advance(60_000);
  assert.equal(told.at(-1), "flood");
});

test("FL-3: who sends much in large frames is held back, and never ended for it", () => {
  const { clock, told, pace } = createReader();
  for (let rest = 1; rest <= 30; rest++) {
    pace.spend(5_000, 5_000 * 64);
    clock.advance(2_000);
  }
  assert.equal(told.filter((what) => what === "stop").length, 30);
  assert.ok(!told.includes("flood"));
});

test("FL-3: rests that lie far apart are forgiven", () => {
  const { clock, told, pace } = createReader();
  for (let rest = 1; rest <= 9; rest++) {
    pace.spend(1_500, 0);
    clock.advance(10_001);
  }
  assert.ok(!told.includes("flood"));
});

test("FL-3: an ended connection wakes nobody", () => {
  for (const advance of [0, 1]) {
    const { clock, told, pace } = createReader();
    pace.spend(1_200, 0);
    clock.advance(advance);
    pace.stop();
    clock.advance(10_000);
    assert.deepEqual(told, ["stop"]);
  }
});
