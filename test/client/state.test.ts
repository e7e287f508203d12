import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, joinedMessage, stateMessage } from "./bench.ts";

suite("client: state", () => {
  test("ST-1: a snapshot and the patches that follow it are applied and told", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const log: unknown[] = [];
    session.state.players.onAdd((row, key) => log.push(["add", key, row.x]));
    session.state.players.onChange((row, key) => log.push(["change", key, row.x]));
    session.onState(({ tick }) => log.push(tick));
    bench.server.last.send(stateMessage(5, 0, 1), stateMessage(6, 5, 2));
    await bench.settle();
    assert.deepEqual(log, [["add", "ann", 1], 5, ["change", "ann", 2], 6]);
    assert.equal(session.state.players.get("ann")?.x, 2);
    assert.equal(session.position.stateTick, 6);
    await bench.finish(client);
  });

  test("ST-1: a state that is not newer is dropped and told to nobody", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const ticks: number[] = [];
    session.onState(({ tick }) => ticks.push(tick));
    bench.server.last.send(stateMessage(5, 0, 1), stateMessage(5, 4, 2), stateMessage(4, 3, 2));
    await bench.settle();
    assert.deepEqual(ticks, [5]);
    assert.equal(session.state.players.get("ann")?.x, 1);
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  test("ST-1, RS-9: a patch from another tick is a broken stream: resume with state tick 0", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.last.send(stateMessage(5, 0, 1), stateMessage(9, 8, 3), stateMessage(10, 9, 4));
    await bench.advance(1_000);
    assert.equal(bench.server.connections.length, 2);
    assert.equal(bench.server.last.hello.sessions[0]?.position?.stateTick, 0n);
    assert.equal(session.state.players.get("ann")?.x, 1, "what was known stays until the snapshot");
    bench.server.last.send(stateMessage(10, 0, 4));
    await bench.settle();
    assert.equal(session.state.players.get("ann")?.x, 4);
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(bench.server.last.hello.sessions[0].position.stateTick, 10n);
    await bench.finish(client);
  });

  test("RL-6, RS-9: tables of an epoch that is gone are no base, also when the snapshot is lost on its way", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    await bench.join(client);
    bench.server.last.send(stateMessage(50, 0, 1));
    await bench.settle();
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    bench.server.last.send(joinedMessage("1", { epoch: "e2", verdict: Verdict.SNAPSHOT }));
    await bench.settle();
    for (const _cut of [1, 2]) {
      bench.server.verdict = (sessionId) => ({
        sessionId,
        verdict: Verdict.RECOVERED,
        epoch: "e2",
      });
      bench.server.last.cut();
      await bench.advance(1_000);
      assert.equal(bench.server.last.hello.sessions[0]?.position?.stateTick, 0n);
    }
    bench.server.last.send(stateMessage(3, 0, 1));
    await bench.settle();
    bench.server.last.cut();
    await bench.advance(5_000);
    assert.equal(bench.server.last.hello.sessions[0]?.position?.stateTick, 3n);
    await bench.finish(client);
  });

  test("a callback of a table that throws is reported", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    session.state.players.onAdd(() => {
      throw new Error("bad");
    });
    bench.server.last.send(stateMessage(5, 0, 1));
    await bench.settle();
    assert.deepEqual(
      bench.reported.map(({ error, where }) => [String(error), where]),
      [["Error: bad", "session 1, state"]],
    );
    assert.equal(session.position.stateTick, 5);
    await bench.finish(client);
  });

  test("ST-6: parts are applied with the last of them; without it they are forgotten with the connection", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const seen: string[] = [];
    session.onState(({ tick }) =>
      seen.push(`${tick}: ${[...session.state.players.keys()].join()}`),
    );
    const part = (handle: number, key: string, more: boolean) => ({
      sessionId: "1",
      body: {
        case: "state" as const,
        value: {
          tick: 5n,
          more,
          tables: [
            {
              table: 1,
              groups: [{ rows: Buffer.from([handle, 3, ...Buffer.from(key)]), created: true }],
            },
          ],
        },
      },
    });
    bench.server.last.send(part(1, "ann", true));
    await bench.settle();
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(bench.server.last.hello.sessions[0]?.position?.stateTick, 0n);
    assert.deepEqual([seen, session.state.players.size], [[], 0]);
    bench.server.last.send(part(2, "bob", true), part(3, "cyn", true), part(4, "dan", false));
    await bench.settle();
    assert.deepEqual(seen, ["5: bob,cyn,dan"]);
    await bench.finish(client);
  });

  test("FR-3: a state that cannot be decoded ends the stream with protocol-error", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const tables = [{ table: 1, groups: [{ tags: Uint8Array.of(0x0d), rows: Uint8Array.of(9) }] }];
    bench.server.last.send({
      sessionId: "1",
      body: { case: "state", value: { tick: 1n, tables } },
    });
    await bench.advance(1_000);
    assert.equal(client.closeReason, closeReasons.protocolError);
    assert.equal(session.status, "closed");
    assert.equal(bench.clock.pendingTimers, 0);
  });
});
