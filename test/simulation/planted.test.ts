import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faults, passesWith } from "./planted.ts";

describe("the simulation notices a planted fault", () => {
  it("and passes without one, in the same copy of the code", () => {
    assert.ok(passesWith(undefined, "linked"));
  });

  for (const fault of faults) {
    it(fault.name, () => assert.ok(!passesWith(fault, fault.where), "no scenario has noticed it"));
  }
});
