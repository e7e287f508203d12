import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Laboratory } from "./laboratory.ts";
import { seamMutants } from "./seam.ts";

describe("the simulation notices what breaks the seam", () => {
  const laboratory = new Laboratory();
  after(() => laboratory.close());

  it("and passes when nothing does, in the same copy of the code", () => {
    const { passes, last } = laboratory.try(undefined, "linked");
    assert.ok(passes, last);
  });

  for (const mutant of seamMutants) {
    it(mutant.name, () => {
      const { passes } = laboratory.try(mutant, mutant.noticedBy);
      assert.ok(!passes, "no scenario has noticed it");
    });
  }
});
