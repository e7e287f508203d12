import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../cli/load/checks/faults.ts";
import { isFlawless, judgeInputs, sumFindings } from "../../cli/load/checks/findings.ts";
import { rowsOf, rowsWrong } from "../../cli/load/checks/tables.ts";
import { SequenceCheck } from "../../cli/load/checks/sequence-check.ts";

interface Expected {
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

const sequences: readonly [what: string, seen: number[], last: number, expected: Expected][] = [
  ["in order", [1, 2, 3], 3, { lost: 0, duplicated: 0, outOfOrder: 0 }],
  ["nothing of nothing", [], 0, { lost: 0, duplicated: 0, outOfOrder: 0 }],
  ["nothing of three", [], 3, { lost: 3, duplicated: 0, outOfOrder: 0 }],
  ["the first missing", [2, 3], 3, { lost: 1, duplicated: 0, outOfOrder: 0 }],
  ["two missing inside", [1, 4], 4, { lost: 2, duplicated: 0, outOfOrder: 0 }],
  ["the end missing", [1, 2], 4, { lost: 2, duplicated: 0, outOfOrder: 0 }],
  ["the newest twice", [1, 2, 2], 2, { lost: 0, duplicated: 1, outOfOrder: 0 }],
  ["an old one again", [1, 2, 3, 1], 3, { lost: 0, duplicated: 1, outOfOrder: 0 }],
  ["a replay", [1, 2, 3, 2, 3, 4], 4, { lost: 0, duplicated: 2, outOfOrder: 0 }],
  ["two swapped", [1, 3, 2, 4], 4, { lost: 0, duplicated: 0, outOfOrder: 1 }],
  ["backwards", [3, 2, 1], 3, { lost: 0, duplicated: 0, outOfOrder: 2 }],
  ["late, and again", [1, 3, 2, 2], 3, { lost: 0, duplicated: 1, outOfOrder: 1 }],
  ["all at once", [2, 2, 5], 6, { lost: 4, duplicated: 1, outOfOrder: 0 }],
  ["no number at all", [0], 0, { lost: 0, duplicated: 1, outOfOrder: 0 }],
];

for (const [what, seen, last, expected] of sequences) {
  test(`sequence: ${what}`, () => {
    const check = new SequenceCheck();
    for (const number of seen) check.see(number);
    const { duplicated, outOfOrder } = check;
    assert.deepEqual({ lost: check.lostUpTo(last), duplicated, outOfOrder }, expected);
    assert.equal(check.distinct, new Set(seen.filter((number) => number > 0)).size);
  });
}

test("sequence: begins where it is told, once", () => {
  const check = new SequenceCheck();
  check.beginAfter(10);
  check.beginAfter(0);
  check.see(11);
  check.see(13);
  assert.equal(check.lostUpTo(13), 1);
  assert.equal(check.last, 13);
  check.see(5);
  assert.equal(check.duplicated, 1);
});

test("sequence: a mad number costs no memory, and is counted", () => {
  const check = new SequenceCheck();
  check.see(4_000_000_000);
  assert.equal(check.lostUpTo(4_000_000_000), 3_999_999_999);
});

test("inputs: lost, applied twice, in the wrong order", () => {
  const fine = { inputsLost: 0, inputsDuplicated: 0, inputsOutOfOrder: 0 };
  const facts = { sent: 5, applied: 5, lastApplied: 5, wentBack: 0 };
  assert.deepEqual(judgeInputs(facts), fine);
  assert.deepEqual(judgeInputs({ ...facts, applied: 3 }), { ...fine, inputsLost: 2 });
  assert.deepEqual(judgeInputs({ ...facts, applied: 6 }), { ...fine, inputsDuplicated: 1 });
  assert.deepEqual(judgeInputs({ ...facts, lastApplied: 4 }), { ...fine, inputsOutOfOrder: 1 });
  assert.deepEqual(judgeInputs({ ...facts, wentBack: 2 }), { ...fine, inputsOutOfOrder: 2 });
});

test("findings: every kind of flaw counts, and sums keep them apart", () => {
  const none = sumFindings([]);
  assert.ok(isFlawless({ ...none, delivered: 5, inputsSent: 3, inputsApplied: 3 }));
  const flaws = ["lost", "duplicated", "outOfOrder"] as const;
  const inputFlaws = [
    "inputsLost",
    "inputsDuplicated",
    "inputsOutOfOrder",
    "inputsNotShown",
  ] as const;
  for (const flaw of [...flaws, ...inputFlaws]) {
    const sum = sumFindings([none, { ...none, [flaw]: 1 }, { ...none, [flaw]: 2 }]);
    assert.deepEqual(sum, { ...none, [flaw]: 3 });
    assert.equal(isFlawless(sum), false, flaw);
  }
});

test("tables: rows that are missing, too many, other, or elsewhere", () => {
  const table = (...rows: [string, unknown][]) => rowsOf({ players: new Map(rows), coins: [] });
  const right = table(["a", { x: 1, n: 1n }], ["b", { x: 0 }]);
  const cases: [ReturnType<typeof rowsOf>, number][] = [
    [table(["a", { x: 1, n: 1n }], ["b", { x: 0 }]), 0],
    [table(["a", { x: 1, n: 1n }]), 1],
    [table(["a", { x: 1, n: 2n }], ["b", { x: NaN }]), 2],
    [table(["a", { x: 1, n: 1n }], ["b", { x: 0 }], ["c", 1]), 1],
    [table(["b", { x: 0 }], ["a", { x: 1, n: 1n }]), 2],
    [rowsOf({}), 2],
  ];
  for (const [seen, wrong] of cases) assert.equal(rowsWrong(seen, right), wrong);
});

test("faults are counted by what they say, in bounded memory", () => {
  const faults = new Faults();
  for (let index = 0; index < 100; index++) faults.add(`fault ${index}`);
  faults.add("fault 0");
  assert.equal(faults.total, 101);
  const counts = faults.counts();
  assert.equal(counts["fault 0"], 2);
  assert.equal(counts["other errors"], 50);
});
