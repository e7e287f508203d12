import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { createSystemClock } from "../../shared/clock.ts";
import { createBench } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

const hourMs = 3_600_000;

describe("the time of day", () => {
  it("is that of the machine, which may be set; the monotonic clock does not notice", () => {
    const clock = createSystemClock();
    const before = clock.now();
    const real = Date.now();
    mock.method(Date, "now", () => real + hourMs);
    try {
      assert.equal(clock.wallNow(), real + hourMs);
      assert.ok(clock.now() - before < 10_000);
    } finally {
      mock.restoreAll();
    }
  });

  for (const stepMs of [8 * hourMs, -8 * hourMs]) {
    it(`RL-10: set by ${stepMs / hourMs} h: events, rooms and heartbeats have it, order and durations do not`, () => {
      const bench = createBench({
        rooms: {
          echo: createEchoRoom(undefined, { log: { ageMsMax: 60_000 }, historyOnJoin: 10 }),
        },
        limits: { heartbeatIntervalMs: 20_000 },
      });
      const { clock } = bench;
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo", roomId: "early" });
      ann.input("1", 1, "before");
      clock.advance(1_000);
      clock.setWallNow(clock.wallNow() + stepMs);
      ann.input("1", 2, "after");
      ann.join("2", { roomType: "echo", roomId: "late" });
      clock.advance(1_000);
      const [before, after] = ann.all("event").map(({ timeMs }) => Number(timeMs));
      assert.equal((after ?? 0) - (before ?? 0), stepMs + 1_000);
      const made = (id: string) => bench.engine.directory.get(id)?.createdAtMs ?? 0;
      assert.equal(made("late") - made("early"), stepMs + 1_000);
      // What is a second old is not taken for eight hours old, or for none yet.
      const bob = bench.connect("bob");
      bob.join("1", { roomId: "early" });
      assert.deepEqual(bob.texts("1"), ["before", "after"]);
      clock.advance(120_000);
      const cid = bench.connect("cid");
      cid.join("1", { roomId: "early" });
      assert.deepEqual(cid.texts("1"), []);
      assert.ok(cid.last("welcome").serverTimeMs >= clock.wallNow());
      bench.finish();
    });
  }
});
