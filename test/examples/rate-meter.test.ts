import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateMeter } from "../../examples/rate-meter.ts";

test("a rate meter counts the last two seconds", () => {
  const meter = createRateMeter(2_000);
  for (let nowMs = 0; nowMs < 10_000; nowMs += 50) {
    meter.add(3, nowMs);
    if (nowMs > 500) assert.ok(Math.abs(meter.perSecond(nowMs) - 60) < 8, `at ${nowMs} ms`);
  }
  assert.ok(meter.perSecond(11_000) < 40);
  assert.equal(meter.perSecond(12_500), 0);
  assert.equal(meter.perSecond(99_999), 0);
});
