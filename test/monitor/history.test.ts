import assert from "node:assert/strict";
import { test } from "node:test";
import { History, seriesNames } from "../../monitor/model/history.ts";
import { pointOf } from "../../monitor/model/point.ts";
import { windowSeconds } from "../../monitor/model/time-window.ts";
import { readSample } from "../../monitor/model/sample.ts";
import { statsAt } from "./stats.ts";

const startMs = 1_700_000_000_000;

/** A history to which a point is added for each of these seconds, with as many connections. */
function historyOf(seconds: readonly number[], config = {}): History {
  const history = new History({ pointsMax: 100, ageMsMax: 60_000, gapMs: 5_000, ...config });
  for (const at of seconds) {
    const sample = readSample(statsAt(at, { connectionsTotal: at }));
    history.push(sample.timeMs, pointOf(undefined, sample, false));
  }
  return history;
}

test("all columns have as many values as there are times, at whatever age", () => {
  const history = historyOf(Array.from({ length: 500 }, (_, second) => second));
  for (const name of seriesNames) {
    assert.equal(history.column(name).length, history.times.length, name);
  }
  assert.equal(history.last("connections"), 499);
});

test("there are never more points than pointsMax", () => {
  const history = historyOf(
    Array.from({ length: 500 }, (_, index) => index / 10),
    { pointsMax: 7 },
  );
  assert.equal(history.times.length, 7);
});

test("points older than ageMsMax go", () => {
  const history = historyOf([0, 1, 2, 3, 4, 5], { ageMsMax: 2_000 });
  assert.deepEqual(history.column("connections"), [3, 4, 5]);
});

test("a long time without points breaks the line", () => {
  const history = historyOf([1, 2, 30]);
  assert.deepEqual(history.column("connections"), [1, 2, null, 30]);
  assert.ok(
    history.times.every((time, index) => index === 0 || time > (history.times[index - 1] ?? 0)),
  );
});

test("a clock of the server that was set back starts anew: times always rise", () => {
  const history = historyOf([10, 11, 12, 3, 4]);
  assert.deepEqual(history.column("connections"), [3, 4]);
  assert.equal(history.newestMs, startMs + 4_000);
});

test("an empty history has no newest moment and no values", () => {
  const history = historyOf([]);
  assert.equal(history.newestMs, 0);
  assert.equal(history.last("cpu"), null);
});

test("charts span what was chosen, and less while there is less to show", () => {
  const spans = [0, 30, 31, 100, 121, 400].map((held) => windowSeconds(held, 120));
  assert.deepEqual(spans, [30, 30, 60, 120, 120, 120]);
  assert.equal(windowSeconds(200, 300), 300);
  assert.equal(windowSeconds(400, 300), 300);
});
