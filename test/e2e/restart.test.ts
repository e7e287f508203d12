import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect, type GapInfo } from "../../client/index.ts";
import { arena } from "../../examples/arena/contract.ts";
import { chat } from "../../examples/chat/contract.ts";
import { eventually, spawnServer } from "./spawn-server.ts";

const players = 200;

/** How often each of 60 players says something that all of them hear: 7,200 messages a second. */
const saysEveryMs = 500;

/** How long a player may be away beyond the time in which nobody listens. */
const outageMsMax = 2_000;

describe("restart", () => {
  it("DR-1, DR-3: a planned restart on one port under load costs a player 2 s at most beside the time nobody listens, over both transports", async (test) => {
    const first = await spawnServer({ test });
    const speaking: NodeJS.Timeout[] = [];
    test.after(() => speaking.forEach(clearInterval));
    const outagesMs: number[] = [];
    const all = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const target = index % 2 === 0 ? first.address : `ws://${first.address}`;
        const client = await connect(target, { clientId: `p${index}` });
        const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
        let lostMs = 0;
        let rejoins = 0;
        session.onRejoin(() => rejoins++);
        session.onStatus((status) => {
          if (status === "detached") lostMs = performance.now();
          else if (status === "active") outagesMs.push(performance.now() - lostMs);
        });
        const say = () => void session.send("say", { text: "on" }).catch(() => undefined);
        speaking.push(setInterval(say, saysEveryMs));
        return { client, session, rejoins: () => rejoins };
      }),
    );
    const sinceMs = performance.now();
    const ended = first.end();
    // Whoever comes meanwhile is told when to come again, and does.
    const newcomers = Promise.all(
      ["grpc", "websocket"].map(async (transport) => {
        const target = transport === "grpc" ? first.address : `ws://${first.address}`;
        const client = await connect(target, { clientId: transport, connectTimeoutMs: 30_000 });
        const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
        return { client, session };
      }),
    );
    await ended;
    const endedMs = performance.now();
    const second = await spawnServer({ test, port: first.port });
    const downMs = performance.now() - endedMs;
    await eventually(
      () => (outagesMs.length === 60 ? undefined : `${outagesMs.length} of 60 are back`),
      20_000,
    );
    outagesMs.sort((a, b) => a - b);
    const [least = 0, median = 0, most = 0] = [0, 30, 59].map((index) => outagesMs[index]);
    test.diagnostic(
      `drained in ${Math.round(endedMs - sinceMs)} ms, nobody listened for ${Math.round(downMs)} ms; ` +
        `away ${[least, median, most].map(Math.round).join(" / ")} ms (least / median / most)`,
    );
    assert.ok(most <= downMs + outageMsMax, `${most} ms, ${downMs} ms of them nobody was there`);
    assert.deepEqual(new Set(all.map(({ rejoins }) => rejoins())), new Set([1]));
    const late = await newcomers;
    for (const { session } of late) assert.equal(session.status, "active");
    await Promise.all([...all, ...late].map(({ client }) => client.close()));
    await second.close();
  });

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
