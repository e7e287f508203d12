import assert from "node:assert/strict";
import { test } from "node:test";
import { createConflation } from "../../examples/ticker/page/conflation.ts";
import { createPriceHistory } from "../../examples/ticker/page/history.ts";
import { stepsOf, type Following } from "../../examples/ticker/page/ladder.ts";
import { changeText, priceText } from "../../examples/ticker/page/money.ts";

test("conflation: every tenth move comes, and each row says how many it stands for", () => {
  const conflation = createConflation();
  const merged: number[] = [];
  for (let move = 0; move <= 1_000; move += 10) {
    const nowMs = move * 10;
    merged.push(conflation.note("AURA", move, nowMs), conflation.note("BOLT", move, nowMs));
  }
  assert.deepEqual(merged.slice(0, 4), [1, 1, 10, 10]);
  assert.ok(Math.abs(conflation.madePerSecond(10_000) - 200) < 15);
  assert.ok(Math.abs(conflation.receivedPerSecond(10_000) - 20) < 2);
  assert.equal(conflation.note("AURA", 3, 10_000), 1, "another room counts anew");
});

test("history: the last minute and the point before it, and no more than fits", () => {
  const history = createPriceHistory(60_000);
  assert.deepEqual(history.columns(0), [[], []]);
  for (let second = 0; second < 100; second++) history.add(second * 1_000, 100 + second);
  const [seconds, prices] = history.columns(99_000);
  assert.deepEqual([seconds[0], seconds.at(-1)], [38, 99]);
  assert.deepEqual([prices[0], prices.at(-1)], [1.38, 1.99]);
  for (let index = 0; index < 100_000; index++) history.add(100_000 + index, 500);
  assert.ok(history.columns(199_999)[0].length <= 4_096);
  assert.deepEqual(history.columns(900_000), [[], []]);
});

test("the ladder: merging comes first, a gap last", () => {
  const well: Following = { mergedPerRow: 1.1, behind: 2, silentMs: 30, skipped: 0 };
  const cases: readonly [change: Partial<Following>, taken: string[]][] = [
    [{}, []],
    [{ mergedPerRow: 2 }, ["merge"]],
    [{ mergedPerRow: 2, behind: 60 }, ["merge", "wait"]],
    [{ mergedPerRow: 100, silentMs: 1_000 }, ["merge"]],
    [{ mergedPerRow: 2, behind: 400, silentMs: 1_600 }, ["merge", "wait", "hold"]],
    [{ skipped: 12 }, ["gap"]],
  ];
  for (const [change, taken] of cases) {
    const steps = stepsOf({ ...well, ...change });
    assert.deepEqual(
      steps.filter(({ isTaken }) => isTaken).map(({ name }) => name),
      taken,
    );
  }
});

test("money: cents and shares as people write them", () => {
  assert.deepEqual([priceText(1_234_567), priceText(5)], ["12,345.67", "0.05"]);
  assert.deepEqual(
    [changeText(10_120, 10_000), changeText(9_900, 10_000), changeText(1, 1), changeText(1, 0)],
    ["+1.20%", "-1.00%", "0.00%", ""],
  );
});
