import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

test("timers fire in the order they are due, each at its own time", () => {
  const clock = createVirtualClock({ startMs: 1_000, startWallMs: 5_000 });
  const fired: [string, number][] = [];
  const set = (name: string, delayMs: number) =>
    clock.setTimer(() => fired.push([name, clock.now()]), delayMs);
  set("late", 30);
  set("early", 10);
  set("same time, set later", 30);
  set("at once", 0);
  set("never", 20).cancel();
  assert.equal(clock.nextTimerMs, 1_000);
  clock.advance(29);
  assert.deepEqual(fired, [
    ["at once", 1_000],
    ["early", 1_010],
  ]);
  assert.equal(clock.pendingTimers, 2);
  clock.advance(1);
  assert.deepEqual(fired.slice(2), [
    ["late", 1_030],
    ["same time, set later", 1_030],
  ]);
  assert.deepEqual([clock.now(), clock.wallNow(), clock.pendingTimers], [1_030, 5_030, 0]);
});

test("a timer set by a timer fires in the same advance when it is due", () => {
  const clock = createVirtualClock();
  const fired: number[] = [];
  const tick = (): void => {
    fired.push(clock.now());
    clock.setTimer(tick, 10);
  };
  clock.setTimer(tick, 10);
  clock.advance(35);
  assert.deepEqual(fired, [10, 20, 30]);
});

test("what a timer defers runs before the next timer", () => {
  const clock = createVirtualClock();
  const seen: string[] = [];
  clock.setTimer(() => clock.defer(() => seen.push("deferred")), 10);
  clock.setTimer(() => seen.push("second timer"), 10);
  clock.advance(10);
  assert.deepEqual(seen, ["deferred", "second timer"]);
});

test("a turn runs what was deferred before it, not what it defers", () => {
  const clock = createVirtualClock();
  const seen: string[] = [];
  clock.defer(() => {
    seen.push("first");
    clock.defer(() => seen.push("next turn"));
  });
  assert.equal(clock.runDeferred(), 1);
  assert.deepEqual([seen, clock.pendingDeferred], [["first"], 1]);
  clock.settle();
  assert.deepEqual([seen, clock.pendingDeferred], [["first", "next turn"], 0]);
});

test("settling for ever is an error", () => {
  const clock = createVirtualClock();
  const again = (): void => clock.defer(again);
  clock.defer(again);
  assert.throws(() => clock.settle(), /never settles/);
});

test("the async ways let promises go on in between", async () => {
  const clock = createVirtualClock();
  const wait = (delayMs: number): Promise<void> =>
    new Promise((resolve) => clock.setTimer(resolve, delayMs));
  const seen: number[] = [];
  void (async () => {
    for (let step = 0; step < 3; step++) {
      await wait(10);
      seen.push(clock.now());
    }
  })();
  await clock.advanceAsync(25);
  assert.deepEqual(seen, [10, 20]);
  await clock.advanceAsync(5);
  assert.deepEqual([seen, clock.now()], [[10, 20, 30], 30]);
});

test("the time of day can be set, and goes on from there", () => {
  const clock = createVirtualClock({ startWallMs: 5_000 });
  clock.advance(10);
  clock.setWallNow(1_000);
  clock.advance(5);
  assert.deepEqual([clock.now(), clock.wallNow()], [15, 1_005]);
});
