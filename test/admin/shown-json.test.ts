import assert from "node:assert/strict";
import { it } from "node:test";
import { valueJson } from "../../server/room/shown-json.ts";

it("what a player nested too deep for operators to read is shown as a sentence", () => {
  const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  const shown = (levels: number) => valueJson(nested(levels));
  assert.deepEqual(shown(30), nested(30));
  assert.equal(shown(31), "(not shown: It is nested too deep.)");
  assert.equal(shown(2_000), "(not shown: It is nested too deep.)");
});
