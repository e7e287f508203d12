import assert from "node:assert/strict";
import { test } from "node:test";
import { perSecond, pointOf } from "../../monitor/model/point.ts";
import { readSample } from "../../monitor/model/sample.ts";
import { statsAt } from "./stats.ts";

const sent = (count: bigint) => ({ counters: { roomline_messages_sent_total: count } });

test("totals become growth per second, by the time that passed on the server", () => {
  const before = readSample(statsAt(0, sent(1_000n)));
  const now = readSample(statsAt(2, sent(1_500n)));
  assert.equal(pointOf(before, now, false).messagesOut, 250);
});

test("the first sample has levels, and no growth yet", () => {
  const point = pointOf(
    undefined,
    readSample(statsAt(0, { ...sent(9n), connectionsTotal: 3 })),
    true,
  );
  assert.equal(point.connections, 3);
  assert.equal(point.messagesOut, null);
});

test("a server that has started anew is no growth, even when its totals are greater already", () => {
  const before = readSample(statsAt(0, sent(10n)));
  const restarted = { ...sent(99n), node: { node: "a", version: "1", startedAtMs: 2n } };
  assert.equal(pointOf(before, readSample(statsAt(1, restarted)), true).messagesOut, null);
});

test("a total that goes back, and a time that stands still, give no rate", () => {
  assert.equal(perSecond(10, 5, 1_000), null);
  assert.equal(perSecond(5, 10, 0), null);
  assert.equal(perSecond(5, 5, 1_000), 0);
});

test("each step of the shedding ladder has a line of its own", () => {
  const steps = ["state-merged", "ephemeral-dropped", "rate-lowered", "gap", "close"];
  const counters = Object.fromEntries(
    steps.map((step, index) => [`roomline_sheds_total{step="${step}"}`, BigInt(index + 1)]),
  );
  const point = pointOf(readSample(statsAt(0)), readSample(statsAt(1, { counters })), false);
  const { shedMerged, shedEphemeral, shedRate, shedGap, shedClose } = point;
  assert.deepEqual([shedMerged, shedEphemeral, shedRate, shedGap, shedClose], [1, 2, 3, 4, 5]);
});

test("without a tick there is no tick time, instead of one of zero", () => {
  const idle = readSample(statsAt(0, { ticks: { steps: 0n, p50Ms: 0, p99Ms: 0, maxMs: 0 } }));
  const ticking = readSample(statsAt(0, { ticks: { steps: 5n, p50Ms: 1, p99Ms: 2, maxMs: 3 } }));
  assert.equal(idle.levels.tickP99, null);
  assert.equal(ticking.levels.tickP99, 2);
});

test("the first message of a stream has measured nothing yet: no dip to zero after every reconnect", () => {
  const node = { cpu: 0, loopDelayP99Ms: 0, rssBytes: 5n };
  const now = readSample(statsAt(1, { node, ...sent(10n) }));
  const first = pointOf(now, { ...now, timeMs: now.timeMs + 1_000 }, true);
  assert.deepEqual([first.cpu, first.loopP99, first.rss, first.messagesOut], [null, null, 5, 0]);
  assert.equal(pointOf(now, now, false).cpu, 0);
});
