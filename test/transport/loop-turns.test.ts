import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopTurns } from "../../server/transport/loop-turns.ts";

test("requests begin at once while there are few, and a few in each turn when there are many", () => {
  const turnsAhead: (() => void)[] = [];
  const defer = (turn: () => void) => void turnsAhead.push(turn);
  const turns = new LoopTurns({ defer }, 2);
  const begun: number[] = [];
  const turn = (): void => turnsAhead.splice(0).forEach((next) => next());
  for (let request = 1; request <= 7; request++) turns.add(() => begun.push(request));
  assert.deepEqual(begun, [1, 2]);
  turn();
  assert.deepEqual(begun, [1, 2, 3, 4]);
  turns.add(() => begun.push(8));
  assert.deepEqual(begun, [1, 2, 3, 4], "it does not overtake");
  turn();
  turn();
  assert.deepEqual(begun, [1, 2, 3, 4, 5, 6, 7, 8]);
  turn();
  assert.equal(turnsAhead.length, 0, "nothing goes on when nobody asks");
  turns.add(() => begun.push(9));
  assert.equal(begun.at(-1), 9);
});
