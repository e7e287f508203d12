import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createConsoleLog } from "../../server/observe/console-log.ts";
import { silentLog, type Log } from "../../server/observe/log.ts";
import { refusalCausesMax, refusalLogIntervalMs, Refusals } from "../../server/observe/refusals.ts";
import { createTally } from "../../server/observe/tally.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

function recorder() {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log: Log = { ...silentLog, info: at("info"), warn: at("warn") };
  const clock = createVirtualClock();
  const tally = createTally();
  const { refused } = new Refusals({ tally, log, clock });
  return { lines, clock, tally, refused };
}

describe("refusals", () => {
  it("are all counted, and each cause is written once in an interval", () => {
    const { lines, clock, tally, refused } = recorder();
    for (const origin of ["https://a", "https://b", "https://a", "https://a"])
      refused({ act: "entry", reason: "origin", message: `Pages of ${origin} may not connect.` });
    assert.equal(tally.refusals("entry").get("origin"), 4);
    assert.deepEqual(lines, [
      'warn Pages of https://a may not connect. {"refused":"entry","reason":"origin"}',
      'warn Pages of https://b may not connect. {"refused":"entry","reason":"origin"}',
    ]);
    clock.advance(refusalLogIntervalMs);
    refused({ act: "entry", reason: "origin", message: "Pages of https://a may not connect." });
    assert.equal(
      lines[2],
      'warn Pages of https://a may not connect. {"refused":"entry","reason":"origin","untold":2}',
    );
  });

  it("of many causes do not fill the log, and long ones are cut", () => {
    const { lines, tally, refused } = recorder();
    for (let nr = 0; nr < 1_000; nr++)
      refused({ act: "entry", reason: "upgrade", message: `${nr} ${"x".repeat(10_000)}` });
    assert.equal(tally.refusals("entry").get("upgrade"), 1_000);
    assert.equal(lines.length, refusalCausesMax);
    assert.ok(lines.every((line) => line.length < 600));
  });

  it("of one reason take nothing from those of another; joins are information", () => {
    const { lines, refused } = recorder();
    refused({ act: "join", reason: "room-full", message: "Full." });
    refused({ act: "watch", reason: "room-full", message: "Full." });
    assert.deepEqual(lines, [
      'info Full. {"refused":"join","reason":"room-full"}',
      'info Full. {"refused":"watch","reason":"room-full"}',
    ]);
  });
});

describe("the log of a server that was given none", () => {
  it("writes warnings and errors as lines for people, with stacks, and nothing else", () => {
    const lines: string[] = [];
    const log = createConsoleLog((line) => lines.push(line)).child({ room: "r1" });
    log.debug({}, "no");
    log.info({}, "no");
    log.warn({ origin: "https://a\u001b[2J", host: undefined }, "refused\nforged: line");
    log.error({ err: new TypeError("oh") }, "onJoin failed");
    assert.equal(
      lines[0],
      "roomline: warning: refused\\nforged: line (room r1, origin https://a\\u001b[2J)",
    );
    assert.match(
      lines[1] ?? "",
      /^roomline: error: onJoin failed \(room r1\)\nTypeError: oh\n +at .*refusals\.test/,
    );
    assert.equal(lines.length, 2);
  });
});
