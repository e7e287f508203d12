import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createLobby, type RoomsWatch, type KeptStatus } from "../../client/index.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createVirtualClock } from "../../testing/index.ts";

/** A lobby of a server that takes every watch and loses it again at once. */
function createLostLobby() {
  const clock = createVirtualClock();
  let calls = 0;
  const transport = createRouterTransport((router) => {
    router.service(LobbyService, {
      async *watchRooms() {
        calls++;
        yield {};
        await Promise.reject(new ConnectError("Lost.", Code.Unavailable));
      },
    });
  });
  const dialer = { target: "test", dial: () => ({ transport, close: () => undefined }) };
  const lobby = createLobby("test", { dialer, clock, random: createSeededRandom(1) });
  return { clock, lobby, calls: () => calls };
}

describe("a list of rooms that keeps itself up to date", () => {
  for (const at of ["live", "waiting", "connecting"] as const) {
    it(`stopped by its own handler while ${at}, it ends at once, and calls no more`, async () => {
      const { clock, lobby, calls } = createLostLobby();
      const statuses: KeptStatus[] = [];
      const watch: RoomsWatch = lobby.watchRooms(
        {},
        {
          onChange: () => undefined,
          onStatus(status) {
            statuses.push(status);
            if (status === at) watch.stop();
          },
        },
      );
      await clock.advanceAsync(0);
      // The first wait is over by then; a stop while waiting does not wait.
      if (at === "connecting") await clock.advanceAsync(1_000);
      assert.equal(statuses.at(-1), "ended");
      assert.equal(await watch.ended, undefined);
      assert.equal(calls(), 1);
      assert.equal(clock.pendingTimers, 0);
    });
  }
});
