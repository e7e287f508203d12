import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { watchRoom, type Watch, type KeptStatus } from "../../client/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createCuttableDialer } from "./cuttable-dialer.ts";
import { createRoom, createWatchBench } from "./watch-bench.ts";

describe("watchRoom: stop", () => {
  for (const at of ["live", "waiting", "connecting"] as const) {
    it(`WA-10: stopped by its own handler while ${at}, it ends at once`, async () => {
      const world = createWatchBench();
      createRoom(world, "r", 1);
      const dialer = createCuttableDialer(world.transport);
      const statuses: KeptStatus[] = [];
      const watch: Watch = watchRoom("test", {
        topic: "r",
        dialer,
        clock: world.bench.clock,
        random: createSeededRandom(1),
        onEvent: () => undefined,
        onStatus(status) {
          statuses.push(status);
          if (status === at) watch.stop();
        },
      });
      await world.advance(0);
      dialer.cut();
      await world.advance(at === "connecting" ? 1_000 : 0);
      assert.equal(statuses.at(-1), "ended");
      assert.deepEqual(await watch.ended, { kind: "stopped" });
      assert.deepEqual([dialer.dialled, dialer.open], [1, 0]);
      await world.finish();
      assert.equal(world.bench.clock.pendingTimers, 0);
    });
  }
});
