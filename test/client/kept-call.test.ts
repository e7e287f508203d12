import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeptCall, type KeptStatus, type TryVerdict } from "../../client/calls/kept-call.ts";
import { createVirtualClock } from "../../testing/index.ts";

interface Outcome extends Record<string, unknown> {
  readonly detail: string;
}

/** A kept call whose tries end when and as the test says, with waits of 100, 200, 400 ms ... up to 1 s. */
function createKept(onStatus: (status: KeptStatus, why: string) => void = () => undefined) {
  const clock = createVirtualClock();
  const log: string[] = [];
  const aborts: AbortController[] = [];
  let end: (detail: string) => void = () => undefined;
  const wait = (name: string, abort: AbortController): Promise<Outcome> => {
    log.push(`${name} at ${clock.now()}`);
    aborts.push(abort);
    return new Promise((resolve) => {
      end = (detail) => resolve({ detail });
      abort.signal.addEventListener("abort", () => resolve({ detail: "aborted" }));
    });
  };
  const kept = new KeptCall<Outcome, string>({
    clock,
    random: () => 1,
    backoff: { initialMs: 100, maxMs: 1_000, factor: 2 },
    stopped: "stopped",
    tryOnce: (abort) => wait("try", abort),
    judge: ({ detail }): TryVerdict<string> =>
      detail === "refused" ? { next: "end", end: detail } : { next: verdictOf(detail) },
    reclaim: (abort) => wait("reclaim", abort).then(() => undefined),
    onEnd: (how) => log.push(`end ${how}`),
    onStatus(status, why) {
      log.push(why === "" ? status : `${status}: ${why}`);
      onStatus(status, why);
    },
  });
  return {
    kept,
    clock,
    log,
    aborts,
    end: async (detail: string): Promise<void> => {
      end(detail);
      await clock.settleAsync();
    },
  };
}

const verdictOf = (detail: string) => (detail === "held" ? "reclaim" : "retry");

describe("a kept call", () => {
  it("tries again after what passes, with longer and longer waits, up to the longest", async () => {
    const { kept, clock, log, end } = createKept();
    kept.start();
    for (let tries = 0; tries < 6; tries++) {
      await end("lost");
      await clock.advanceAsync(1_000);
    }
    const times = log.filter((line) => line.startsWith("try"));
    assert.deepEqual(times, [
      "try at 0",
      "try at 100",
      "try at 1200",
      "try at 2400",
      "try at 3800",
      "try at 5000",
      "try at 6000",
    ]);
    assert.deepEqual(log.slice(1, 4), ["waiting: lost", "connecting", "try at 100"]);
    kept.stop();
  });

  it("waits the shortest time again after progress, and not because it was merely live", async () => {
    const { kept, clock, log, end } = createKept();
    kept.start();
    await end("lost");
    await clock.advanceAsync(100);
    kept.live();
    await end("lost");
    await clock.advanceAsync(199);
    assert.equal(kept.status, "waiting");
    await clock.advanceAsync(1);
    kept.live();
    kept.progress();
    await end("lost");
    await clock.advanceAsync(100);
    assert.deepEqual(
      log.filter((line) => line.startsWith("try")),
      ["try at 0", "try at 100", "try at 300", "try at 400"],
    );
    kept.stop();
  });

  it("ends with the verdict that it is over, and tells of the end before its status", async () => {
    const { kept, clock, log, end } = createKept();
    kept.start();
    await end("refused");
    assert.equal(await kept.ended, "refused");
    assert.deepEqual(log, ["try at 0", "end refused", "ended: refused"]);
    assert.equal(clock.pendingTimers, 0);
    kept.stop();
    assert.equal(log.length, 3, "a stop after the end does nothing");
  });

  it("reclaims what the server still holds before it waits", async () => {
    const { kept, clock, log, end } = createKept();
    kept.start();
    await end("held");
    assert.equal(kept.status, "connecting");
    await end("done");
    await clock.advanceAsync(100);
    assert.deepEqual(log, [
      "try at 0",
      "reclaim at 0",
      "waiting: held",
      "connecting",
      "try at 100",
    ]);
    kept.stop();
  });

  for (const during of ["a try", "a reclaim", "a wait"] as const) {
    it(`stopped during ${during}, it breaks that off and ends at once`, async () => {
      const { kept, clock, log, aborts, end } = createKept();
      kept.start();
      if (during !== "a try") await end(during === "a wait" ? "lost" : "held");
      const before = log.length;
      kept.stop();
      await clock.settleAsync();
      assert.equal(await kept.ended, "stopped");
      assert.deepEqual(log.slice(before), ["ended: It was stopped."]);
      assert.equal(clock.pendingTimers, 0);
      assert.equal(aborts.at(-1)?.signal.aborted, during !== "a wait");
    });
  }

  for (const at of ["connecting", "waiting"] as const) {
    it(`stopped by who is told that it is ${at}, it does nothing more`, async () => {
      const { kept, clock, log, end } = createKept((status) => {
        if (status === at) kept.stop();
      });
      kept.start();
      await end("lost");
      await clock.advanceAsync(10_000);
      assert.equal(await kept.ended, "stopped");
      assert.equal(log.filter((line) => line.startsWith("try")).length, 1);
      assert.equal(clock.pendingTimers, 0);
    });
  }

  it("stopped before it starts, it tries nothing", async () => {
    const { kept, log } = createKept();
    kept.stop();
    kept.start();
    assert.equal(await kept.ended, "stopped");
    assert.deepEqual(log, ["ended: It was stopped."]);
  });
});
