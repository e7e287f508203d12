import assert from "node:assert/strict";
import { test } from "node:test";
import { MisuseCounter } from "../../server/transport/misuse-counter.ts";

const bounds = {
  clientPingIntervalMsMin: 15_000,
  pingStrikesMax: 3,
  misuseWindowMs: 10_000,
  resetsMax: 2,
  settingsMax: 3,
};

test("pings far enough apart are fine for ever", () => {
  const counter = new MisuseCounter(bounds);
  for (let atMs = 0; atMs < 1_000_000; atMs += 15_000) assert.equal(counter.ping(atMs), undefined);
});

test("three pings too soon, in a row, are a flood", () => {
  const counter = new MisuseCounter(bounds);
  assert.deepEqual(
    [0, 1, 2, 3].map((atMs) => counter.ping(atMs)),
    [undefined, undefined, undefined, "ping-flood"],
  );
});

test("a patient ping forgives the hasty ones", () => {
  const counter = new MisuseCounter(bounds);
  const times = [0, 1, 2, 20_000, 20_001, 20_002];
  assert.ok(times.every((atMs) => counter.ping(atMs) === undefined));
});

test("a ping after data is free, for bandwidth estimation", () => {
  const counter = new MisuseCounter(bounds);
  for (let atMs = 0; atMs < 100; atMs++) {
    counter.forgivePings();
    assert.equal(counter.ping(atMs), undefined);
  }
  const after = [101, 102, 103].map((atMs) => counter.ping(atMs));
  assert.deepEqual(after, [undefined, undefined, "ping-flood"]);
});

test("resets and settings are counted in windows", () => {
  const counter = new MisuseCounter(bounds);
  assert.deepEqual(
    [0, 1, 2].map((atMs) => counter.reset(atMs)),
    [undefined, undefined, "rapid-reset"],
  );
  assert.equal(counter.reset(10_000), undefined);
  assert.deepEqual(
    [10_001, 10_002, 10_003, 10_004].map((atMs) => counter.settings(atMs)),
    [undefined, undefined, undefined, "settings-flood"],
  );
});
