import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./program.ts";

test("npm run example:subscriptions: clients before the server, and after it was killed, each told what it got", async (t) => {
  const program = runProgram(t, ["examples/subscriptions.ts", "--clients", "4"]);
  await program.whenPrinted(/4 clients subscribe at .* Nobody listens there yet/);
  await program.whenPrinted(/4 subscriptions are live/);
  await program.whenPrinted(/client-01 unsubscribes by a unary call: found, closed/);
  await program.whenPrinted(/killed \(SIGKILL\)/);
  await program.whenPrinted(/3 clients are back by themselves/);
  assert.deepEqual(await program.ended, { code: 0, signal: null }, program.output);
  const rows = [...program.output.matchAll(/^client-0\d +(\d+) +(\d)x +(\d+) +(\d+)$/gm)];
  const [left, ...others] = rows.map(([, ...cells]) => cells.map(Number));
  assert.deepEqual(left?.slice(1), [1, 0, 0]);
  assert.equal(others.length, 3);
  for (const [readings = 0, ...rest] of others) {
    assert.ok(readings >= 8, program.output);
    assert.deepEqual(rest, [2, 1, 0]);
  }
});

test("npm run example:subscriptions: a number of clients that cannot be is one clear line and 2", async (t) => {
  const program = runProgram(t, ["examples/subscriptions.ts", "--clients", "many"]);
  assert.equal((await program.ended).code, 2);
  assert.match(program.output, /whole number from 2 to 1000/);
});
