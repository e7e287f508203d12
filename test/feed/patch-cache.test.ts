import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PatchCache } from "../../server/feed/link/patch-cache.ts";

const patch = (baseTick: number, tick: number) => ({ baseTick, tick, body: Uint8Array.of(1) });

function start() {
  const asked: (number | "snapshot")[] = [];
  const cache = new PatchCache((tick, isSnapshot) => asked.push(isSnapshot ? "snapshot" : tick));
  cache.advance(10, patch(9, 10));
  return { asked, cache };
}

describe("patch cache", () => {
  it("has the patch of the newest commit, and asks once for any other", () => {
    const { asked, cache } = start();
    assert.equal(cache.patch(10), undefined);
    assert.deepEqual(cache.patch(9), patch(9, 10));
    for (let time = 0; time < 3; time++) {
      assert.equal(cache.patch(4), "later");
      assert.equal(cache.snapshot(), "later");
    }
    assert.deepEqual(asked, [4, "snapshot"]);
    const four = patch(4, 10);
    cache.add(4, false, four);
    assert.equal(cache.patch(4), four);
    const whole = patch(0, 10);
    cache.add(0, true, whole);
    assert.equal(cache.snapshot(), whole);
    assert.equal(cache.patch(0), "later", "the state whole, be it of nothing, is something else");
  });

  it("forgets what leads to an older tick, and does not take it", () => {
    const { asked, cache } = start();
    cache.patch(4);
    cache.advance(11, patch(10, 11));
    cache.add(4, false, patch(4, 10));
    assert.equal(cache.patch(4), "later");
    assert.deepEqual(asked, [4, 4]);
    assert.equal(cache.patch(9), "later");
  });

  it("asks again when what was asked for will not come", () => {
    const { asked, cache } = start();
    cache.patch(4);
    cache.forget();
    cache.patch(4);
    assert.deepEqual(asked, [4, 4]);
  });

  it("keeps no more than 64, whatever ticks clients name", () => {
    const { asked, cache } = start();
    for (let tick = 100; tick < 200; tick++) {
      cache.patch(tick);
      cache.add(tick, false, patch(0, 10));
    }
    asked.length = 0;
    assert.equal(cache.patch(100), "later", "the oldest went");
    assert.notEqual(cache.patch(199), "later");
    assert.deepEqual(asked, [100]);
  });
});
