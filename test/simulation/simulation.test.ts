import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exactlyOnce, honestGaps, restart } from "./scenarios.ts";

describe("simulation", () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`RS, IN, RL, ST: exactly once through cuts, stalls and pauses (seed ${seed})`, () =>
      exactlyOnce(seed));
  }

  for (const seed of [11, 12, 13, 14]) {
    it(`RL-5: with a log too small every hole is told as a Gap (seed ${seed})`, async () => {
      assert.ok((await honestGaps(seed)) > 0, "the weather was too fair to prove anything");
    });
  }

  for (const seed of [21, 22, 23]) {
    it(`RS-4, RL-6: after a restart everybody is back and told of it (seed ${seed})`, () =>
      restart(seed));
  }
});
