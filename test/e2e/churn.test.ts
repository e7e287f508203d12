import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectRaw } from "./raw-player.ts";
import { eventually, spawnServer, type Vitals } from "./spawn-server.ts";

const connectionsPerRound = 1_000;
const rounds = 5;

describe("churn", () => {
  it(`${connectionsPerRound} connections opened and destroyed abruptly, ${rounds} times: everything back to the baseline`, async (test) => {
    const server = await spawnServer({ test, resumeWindowMs: 500 });
    const atRest = (): Promise<void> =>
      eventually(async () => {
        const { usage } = await server.vitals();
        return Object.values(usage).every((count) => count === 0)
          ? undefined
          : JSON.stringify(usage);
      }, 20_000);
    const after: Vitals[] = [];
    for (let round = 0; round < rounds; round++) {
      const players = Array.from({ length: connectionsPerRound }, (_, index) =>
        connectRaw(server.port, `r${round}-${index}`),
      );
      await Promise.all(players.map(({ welcomed }) => welcomed));
      if (round === 0) {
        const { usage } = await server.vitals();
        assert.deepEqual(
          [usage.connections, usage.sessions],
          [connectionsPerRound, 2 * connectionsPerRound],
        );
      }
      for (const player of players) player.cut();
      await atRest();
      after.push(await server.vitals());
    }
    const [, second, ...rest] = after;
    const last = rest.at(-1);
    assert.ok(second && last);
    test.diagnostic(
      `heap after each round, MB: ${after.map(({ heapBytes }) => (heapBytes / 1e6).toFixed(1)).join(" ")}`,
    );
    assert.equal(last.openFiles, second.openFiles, "open files");
    assert.equal(last.eventLoopHandles, second.eventLoopHandles, "handles of the event loop");
    assert.ok(last.timers <= second.timers + 5, `timers: ${second.timers}, then ${last.timers}`);
    // The first rounds warm caches up; from then on nothing may grow by what 1,000 connections would leave.
    assert.ok(
      last.heapBytes < second.heapBytes + 2_000_000,
      `heap grew from ${second.heapBytes} to ${last.heapBytes}`,
    );
    await server.close();
  });
});
