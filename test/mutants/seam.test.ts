import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Laboratory } from "./laboratory.ts";
import { seamMutants } from "./seam.ts";

describe("the simulation notices what breaks the seam", () => {
  let laboratory: Laboratory;
  before(async () => void (laboratory = await Laboratory.open()));
  after(() => laboratory.close());

  it("and passes when nothing does, in the same copy of the code", async () => {
    const { outcome, last } = await laboratory.try(undefined, "linked");
    assert.equal(outcome, "passes", last);
  });

  // Each takes its seconds: a third of them stands for all, which `npm run mutants -- seam` tries.
  for (const mutant of seamMutants.filter((_, index) => index % 3 === 0)) {
    it(mutant.name, async () => {
      const { outcome, last } = await laboratory.try(mutant, mutant.noticedBy);
      assert.equal(outcome, "fails", last);
    });
  }
});
