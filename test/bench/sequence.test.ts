import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { stampedText, stampOf } from "../../bench/workloads/message-text.ts";
import { Sequence } from "../../bench/workloads/sequence.ts";

function seen(numbers: readonly number[]): Sequence {
  const sequence = new Sequence();
  for (const number of numbers) sequence.see(number);
  return sequence;
}

suite("what the bench knows of lost and doubled messages", () => {
  const cases: readonly [string, readonly number[], { lost: number; duplicated: number }][] = [
    ["in order, from wherever it begins", [5, 6, 7], { lost: 0, duplicated: 0 }],
    ["two that changed places", [5, 7, 6, 8], { lost: 0, duplicated: 0 }],
    ["one that never came", [5, 7, 8], { lost: 1, duplicated: 0 }],
    ["one that came twice", [5, 6, 6, 7], { lost: 0, duplicated: 1 }],
    ["one that came late and once more", [5, 7, 6, 6], { lost: 0, duplicated: 1 }],
    ["one from before the first", [5, 4, 6], { lost: 0, duplicated: 0 }],
  ];
  for (const [what, numbers, { lost, duplicated }] of cases) {
    test(what, () => {
      const sequence = seen(numbers);
      assert.equal(sequence.lost(0), lost);
      assert.equal(sequence.duplicated, duplicated);
    });
  }

  test("what may still be under way is not lost", () => {
    assert.equal(seen([1, 3, 4]).lost(2), 0);
    assert.equal(seen([1, 3, 4, 5]).lost(2), 1);
  });

  test("a stamp is read back from a text of the length asked for", () => {
    const text = stampedText({ number: 42, sentMs: 1_234.5 }, "x".repeat(100));
    assert.equal(text.length, 100);
    assert.deepEqual(stampOf(text), { number: 42, sentMs: 1_234.5 });
  });
});
