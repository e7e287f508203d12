import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WatchProgress } from "../../client/watch/watch-progress.ts";

describe("the position of a watch", () => {
  it("WA-10: what has been handled is not admitted again, in the same life of the room", () => {
    const position = new WatchProgress("kept");
    position.begin("a", "kept");
    assert.ok(position.admits(7), "where it was kept nobody knows");
    position.handled(7, "a7");
    assert.deepEqual(
      [position.admits(6), position.admits(7), position.admits(8)],
      [false, false, true],
    );
    position.begin("a", "a7");
    assert.deepEqual([position.admits(7), position.cursor], [false, "a7"]);
    position.passed("a9");
    assert.equal(position.cursor, "a9");
    position.begin("b", "a9");
    assert.ok(position.admits(1), "another life counts anew");
  });
});
