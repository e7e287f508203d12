import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedBuckets } from "../../server/schedule/keyed-buckets.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

test("each key has a bucket of its own, which fills again", () => {
  const clock = createVirtualClock();
  const buckets = new KeyedBuckets(clock, { perSecond: 1, burst: 2 }, 10);
  assert.deepEqual([buckets.take("a"), buckets.take("a"), buckets.take("a")], [true, true, false]);
  assert.equal(buckets.has("a"), false);
  assert.deepEqual([buckets.has("b"), buckets.take("b")], [true, true]);
  clock.advance(1_000);
  assert.deepEqual([buckets.has("a"), buckets.take("a"), buckets.take("a")], [true, true, false]);
});

test("who is refused goes into no debt", () => {
  const clock = createVirtualClock();
  const buckets = new KeyedBuckets(clock, { perSecond: 1, burst: 1 }, 10);
  for (let count = 0; count < 100; count++) buckets.take("a");
  clock.advance(1_000);
  assert.equal(buckets.take("a"), true);
});

test("of more keys than are remembered, the one that took longest ago begins anew", () => {
  const buckets = new KeyedBuckets(createVirtualClock(), { perSecond: 1, burst: 1 }, 2);
  for (const key of ["a", "b", "a", "c"]) buckets.take(key);
  assert.equal(buckets.has("a"), false);
  assert.equal(buckets.has("c"), false);
  assert.equal(buckets.has("b"), true);
});

test("a rate without end never refuses", () => {
  const bucket = { perSecond: Infinity, burst: Infinity };
  const buckets = new KeyedBuckets(createVirtualClock(), bucket, 2);
  for (let count = 0; count < 100; count++) assert.equal(buckets.take("a"), true);
});
