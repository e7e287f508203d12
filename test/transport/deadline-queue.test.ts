import assert from "node:assert/strict";
import { test } from "node:test";
import { DeadlineQueue } from "../../server/transport/deadline-queue.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

test("deadlines expire in order, each at its time, with one timer", () => {
  const clock = createVirtualClock();
  const queue = new DeadlineQueue(clock, 100);
  const expired: [string, number][] = [];
  const add = (name: string) => queue.add(() => expired.push([name, clock.now()]));
  add("a");
  clock.advance(30);
  const b = add("b");
  add("c");
  clock.advance(30);
  add("d");
  assert.equal(clock.pendingTimers, 1);
  b.cancel();
  clock.advance(1_000);
  assert.deepEqual(expired, [
    ["a", 100],
    ["c", 130],
    ["d", 160],
  ]);
  assert.deepEqual([queue.size, clock.pendingTimers], [0, 0]);
});

test("the timer goes with the last deadline", () => {
  const clock = createVirtualClock();
  const queue = new DeadlineQueue(clock, 100);
  const deadlines = [1, 2].map(() => queue.add(() => assert.fail("expired")));
  for (const deadline of deadlines) deadline.cancel();
  for (const deadline of deadlines) deadline.cancel();
  assert.deepEqual([queue.size, clock.pendingTimers], [0, 0]);
});

test("one deadline may call off or add another while it expires", () => {
  const clock = createVirtualClock();
  const queue = new DeadlineQueue(clock, 100);
  let expired = 0;
  queue.add(() => {
    other.cancel();
    queue.add(() => expired++);
  });
  const other = queue.add(() => assert.fail("called off"));
  clock.advance(100);
  assert.deepEqual([queue.size, clock.pendingTimers, expired], [1, 1, 0]);
  clock.advance(100);
  assert.deepEqual([queue.size, clock.pendingTimers, expired], [0, 0, 1]);
});
