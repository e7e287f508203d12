import assert from "node:assert/strict";
import { test } from "node:test";
import { createNewestList } from "../../playground/session/newest.ts";

/** A list of at most 3 whose page is drawn when the test says so. */
function list() {
  const drawings: (() => void)[] = [];
  const newest = createNewestList<string>(3, (run) => drawings.push(run));
  const draw = (): void => {
    for (const run of drawings.splice(0)) run();
  };
  const items = () => newest.store.get().items.map(({ number, item }) => `${number} ${item}`);
  return { newest, draw, items, drawings };
}

test("the newest stand first, and the oldest go", () => {
  const { newest, draw, items } = list();
  for (const item of ["a", "b"]) newest.push(item);
  draw();
  assert.deepEqual(items(), ["2 b", "1 a"]);
  for (const item of ["c", "d"]) newest.push(item);
  draw();
  assert.deepEqual(items(), ["4 d", "3 c", "2 b"]);
  assert.equal(newest.store.get().count, 4);
});

test("what comes while nobody looks is drawn once", () => {
  const { newest, draw, items, drawings } = list();
  for (let number = 1; number <= 1_000; number++) newest.push("x");
  assert.equal(drawings.length, 1);
  draw();
  assert.deepEqual(items(), ["1000 x", "999 x", "998 x"]);
  assert.equal(newest.store.get().count, 1_000);
});

test("a list that was cleared counts anew, and numbers on", () => {
  const { newest, draw, items } = list();
  newest.push("a");
  newest.clear();
  draw();
  assert.deepEqual(items(), []);
  newest.push("b");
  draw();
  assert.deepEqual(items(), ["2 b"]);
  assert.equal(newest.store.get().count, 1);
});

test("of what comes while nobody looks the oldest is let go", async (t) => {
  if (globalThis.gc === undefined) {
    t.skip("without --expose-gc");
    return;
  }
  const newest = createNewestList<object>(3, () => undefined);
  const first = (() => {
    const item = {};
    newest.push(item);
    return new WeakRef(item);
  })();
  for (let number = 2; number <= 10; number++) newest.push({});
  // What is looked at is held until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc();
  assert.equal(first.deref(), undefined);
});
