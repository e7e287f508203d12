import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect, type GapInfo } from "../../client/index.ts";
import { arena } from "../../examples/arena/contract.ts";
import { chat } from "../../examples/chat/contract.ts";
import { eventually, spawnServer } from "./spawn-server.ts";

const players = 200;

describe("restart", () => {
  it(`RS-4, RL-6: the server is killed under ${players} clients and started again: all come back by themselves and are told`, async (test) => {
    const first = await spawnServer({ test });
    const all = await Promise.all(
      Array.from({ length: players }, async (_, index) => {
        const client = await connect(first.address, {
          clientId: `p${index}`,
          backoff: { maxMs: 1_000 },
        });
        const room = Math.floor(index / 20);
        const gaps: GapInfo[] = [];
        const heard: string[] = [];
        const rejoined: string[] = [];
        const [talk, field] = await Promise.all([
          client.join(chat, { roomType: "chat", roomId: `chat-${room}` }),
          client.join(arena, { roomType: "arena", roomId: `arena-${room}` }),
        ]);
        talk.on("said", ({ text }) => heard.push(text));
        for (const session of [talk, field]) {
          session.onGap((gap) => gaps.push(gap));
          session.onRejoin(({ verdict }) => rejoined.push(verdict));
        }
        return { client, talk, field, gaps, heard, rejoined };
      }),
    );
    const epochs = all.map(({ talk }) => talk.position.epoch);
    await first.kill();
    await eventually(
      () =>
        all.every(({ client }) => client.state === "resuming")
          ? undefined
          : "some have not noticed",
      10_000,
    );
    const second = await spawnServer({ test, port: first.port });
    await eventually(() => {
      const back = all.filter(
        ({ talk, field }) => talk.status === "active" && field.status === "active",
      );
      return back.length === players ? undefined : `${back.length} of ${players} are back`;
    }, 20_000);
    for (const [index, { talk, gaps, rejoined, client }] of all.entries()) {
      assert.notEqual(talk.position.epoch, epochs[index], "another life");
      assert.deepEqual(
        gaps.map(({ reason }) => reason),
        ["epoch-changed", "epoch-changed"],
        client.clientId,
      );
      assert.deepEqual(rejoined, ["snapshot", "snapshot"], client.clientId);
    }
    await Promise.all(all.map(({ talk }, index) => talk.send("say", { text: `again ${index}` })));
    await eventually(() => {
      const done = all.filter(({ heard }) => heard.length === 20);
      return done.length === players ? undefined : `${done.length} have heard all of their room`;
    }, 10_000);
    await eventually(
      () =>
        all.every(({ field, client }) => field.state.players.has(client.clientId))
          ? undefined
          : "no ship",
      5_000,
    );
    await Promise.all(all.map(({ client }) => client.close()));
    await eventually(async () => {
      const { usage } = await second.vitals();
      return usage.sessions + usage.connections === 0 ? undefined : JSON.stringify(usage);
    }, 5_000);
    await second.close();
  });
});
