import assert from "node:assert/strict";
import { test } from "node:test";
import { createLedger } from "../../examples/start/ledger.ts";

const note = (numbers: readonly number[], before: readonly number[] = []) => {
  const ledger = createLedger();
  for (const number of before) ledger.note("a", number, false);
  ledger.take();
  for (const number of numbers) ledger.note("a", number, true);
  return ledger.take();
};

test("the demo's ledger sees what is missing and what came twice", () => {
  assert.deepEqual(note([7, 8, 9]), { replayed: 3, missed: 0, doubled: 0 });
  assert.deepEqual(note([4, 5], [3]), { replayed: 2, missed: 0, doubled: 0 });
  assert.deepEqual(note([6], [3]), { replayed: 1, missed: 2, doubled: 0 });
  assert.deepEqual(note([3, 4], [3]), { replayed: 2, missed: 0, doubled: 1 });
});
