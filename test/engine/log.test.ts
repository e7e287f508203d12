import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containedLog } from "../../server/observe/contained-log.ts";
import { silentLog, type Log } from "../../server/observe/log.ts";
import { createBench } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";
import { watchProcess } from "./thrown.ts";

const levels = ["debug", "info", "warn", "error"] as const;
const boom = (): never => {
  throw new Error("The disk is full.");
};
const rejects = (): void => Promise.reject(new Error("The disk is full.")) as unknown as void;
const all = (write: () => void): Log => ({
  debug: write,
  info: write,
  warn: write,
  error: write,
  child: () => all(write),
});

/** Logs as they should not be. */
const bad: readonly (readonly [how: string, log: unknown])[] = [
  ["whose methods throw", all(boom)],
  ["whose methods reject", all(rejects)],
  ["without methods", {}],
  ["that is no object", 7],
  ["whose child throws", { ...silentLog, child: boom }],
  ["whose child is nothing", { ...silentLog, child: () => undefined }],
  ["whose child is a promise", { ...silentLog, child: async () => Promise.resolve(silentLog) }],
  ["whose child is no log", { ...silentLog, child: () => ({ error: 1, child: 2 }) }],
  ["whose methods throw when they are looked for", new Proxy({}, { get: boom, has: boom })],
];

/** A log that keeps what it is told. */
function keeping(lines: object[], child: Log["child"]): Log {
  const keep = (fields: object, message: string): void => void lines.push({ ...fields, message });
  return { debug: keep, info: keep, warn: keep, error: keep, child };
}

describe("the log of whoever runs the server", () => {
  for (const [how, log] of bad) {
    it(`TK-4: a log ${how} ends nothing`, async () => {
      const stray = watchProcess();
      const contained = containedLog(log as Log);
      for (const level of levels) {
        contained[level]({}, "a line");
        contained.child({ room: 1 })[level]({}, "a line");
        contained.child({ room: 1 }).child({ player: 2 })[level]({}, "a line");
      }
      const bench = createBench({ rooms: { echo: createEchoRoom() }, log: log as Log });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo" });
      ann.input("1", 1, "a bug", { kind: 5 });
      ann.input("1", 2, "hello");
      assert.deepEqual(ann.texts("1"), ["hello"]);
      ann.cut();
      bench.finish();
      assert.deepEqual(await stray.seen(), []);
    });
  }

  it("what child should have added is in the lines when there is no child", () => {
    const lines: object[] = [];
    const log = containedLog(keeping(lines, boom));
    log.child({ room: "r" }).child({ player: "p" }).warn({ seq: 1 }, "a line");
    assert.deepEqual(lines, [{ room: "r", player: "p", seq: 1, message: "a line" }]);
  });

  it("a line whose fields cannot be written is written without them", () => {
    const lines: object[] = [];
    const log = containedLog({
      ...silentLog,
      error: (fields, message) => void lines.push({ json: JSON.stringify({ ...fields, message }) }),
    });
    log.error({ huge: 1n }, "a line");
    assert.deepEqual(lines, [{ json: '{"message":"a line"}' }]);
  });
});
