import assert from "node:assert/strict";
import { test } from "node:test";
import { slope, soak } from "./soak.ts";

test("a soak of some seconds, in which the server dies: nothing lost, doubled, out of order or left", async (t) => {
  const options = { rounds: 1, roundMs: 4_000, players: 8, seed: 1 };
  const { findings } = await soak(options, (_round, { counts }) =>
    t.diagnostic(JSON.stringify(counts)),
  );
  assert.deepEqual([...findings.faults], []);
  assert.ok(findings.counts.inputs > 100, "too little was done to prove anything");
});

test("the slope of what is held is that of the line that fits it best", () => {
  assert.equal(slope([5]), 0);
  assert.equal(slope([1, 3, 5]), 2);
  assert.equal(slope([10, 0, 10]), 0);
});
