import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  Control_Action as Action,
  GapReason,
  PauseMode,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, outcomeOf, said, stateMessage } from "./bench.ts";

suite("client: resume", () => {
  test("RS-1, RS-5: one Hello names every session, with epoch, cursor, tick and the newest token", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const first = await bench.join(client);
    await bench.join(client, {}, { epoch: "e2", cursor: 40 });
    bench.server.last.send(said(1), said(2), stateMessage(7, 0, 1));
    await bench.settle();
    const states: string[] = [];
    const statuses: string[] = [];
    client.onStateChange((state) => states.push(state));
    first.onStatus((status) => statuses.push(status));
    bench.server.last.cut();
    await bench.advance(1_000);
    const { hello } = bench.server.last;
    assert.equal(hello.resumeToken, "token1");
    assert.deepEqual(
      hello.sessions.map(({ sessionId, position }) => [
        sessionId,
        position?.epoch,
        position?.cursor,
        position?.stateTick,
      ]),
      [
        ["1", "e1", 2n, 7n],
        ["2", "e2", 40n, 0n],
      ],
    );
    assert.deepEqual(states, ["resuming", "live"]);
    assert.deepEqual(statuses, ["detached", "active"]);
    assert.equal(first.lastVerdict, "recovered");
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(bench.server.last.hello.resumeToken, "token2");
    await bench.finish(client);
  });

  test("RS-2: RECOVERED goes on where it stood, and marks what is replayed", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: [number, boolean][] = [];
    const ends: number[] = [];
    session.on("said", (_event, { cursor, replayed }) => got.push([cursor, replayed]));
    session.onBacklogEnd(({ cursor }) => ends.push(cursor));
    await bench.settle();
    const end = (cursor: bigint) => ({
      sessionId: "1",
      body: { case: "endOfBacklog" as const, value: { cursor } },
    });
    bench.server.last.send(end(0n), { ...stateMessage(1, 0, 0) }, said(1));
    await bench.settle();
    bench.server.last.cut();
    await bench.advance(1_000);
    // The server may send again what was on its way (event 1): dropped.
    bench.server.last.send(said(1), said(2), said(3), end(3n), said(4));
    await bench.settle();
    assert.deepEqual(got, [
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ]);
    assert.deepEqual(ends, [0, 3]);
    await bench.finish(client);
  });

  test("JN-5: what comes after EndOfBacklog is no history, whatever the clocks say", async () => {
    const bench = createClientBench();
    bench.server.aheadMs = -1_000_000;
    const client = await bench.connect();
    const end = { sessionId: "1", body: { case: "endOfBacklog" as const, value: { cursor: 2n } } };
    const got: boolean[] = [];
    const session = await bench.join(client);
    session.on("said", (_event, { replayed }) => got.push(replayed));
    session.onBacklogEnd(({ cursor }) => got.push(cursor === 2));
    bench.server.last.send(said(1), said(2), end, said(3));
    await bench.settle();
    assert.deepEqual(got, [true, true, true, false]);
    await bench.finish(client);
  });

  test("PR-3: nothing is history after RESUME of a session that skips what it missed", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: boolean[] = [];
    session.on("said", (_event, { replayed }) => got.push(replayed));
    const paused = (action: Action, cursor = 0n) => ({
      sessionId: "1",
      body: { case: "control" as const, value: { action, cursor, mode: PauseMode.SKIP } },
    });
    void session.pause({ mode: "skip" });
    await bench.settle();
    bench.server.last.send(paused(Action.PAUSED));
    void session.resume();
    await bench.settle();
    bench.server.last.send(paused(Action.RESUMED, 7n), said(8));
    await bench.settle();
    assert.deepEqual(got, [false]);
    await bench.finish(client);
  });

  test("RS-3, RL-5: SNAPSHOT tells of the gap, takes the state and goes on behind it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const log: unknown[] = [];
    session.on("said", (_event, { cursor }) => log.push(cursor));
    session.onGap((gap) => log.push(gap));
    bench.server.last.send(said(1), stateMessage(5, 0, 1));
    await bench.settle();
    bench.server.verdict = (sessionId) => ({
      sessionId,
      verdict: Verdict.SNAPSHOT,
      epoch: "e1",
      cursor: 21n,
    });
    bench.server.last.cut();
    await bench.advance(1_000);
    const gap = { from: 2n, to: 20n, reason: GapReason.LOG_TRIMMED, epoch: "e1" };
    bench.server.last.send(
      { sessionId: "1", body: { case: "gap", value: gap } },
      stateMessage(3, 0, 9),
      said(21),
    );
    await bench.settle();
    assert.equal(session.lastVerdict, "snapshot");
    assert.deepEqual(log, [1, { from: 2, to: 20, reason: "log-trimmed", epoch: "e1" }, 21]);
    assert.equal(session.state.players.get("ann")?.x, 9);
    assert.deepEqual(session.position, { epoch: "e1", cursor: 21, stateTick: 3 });
    await bench.finish(client);
  });

  test("RS-3, RL-6: after a change of epoch the next event stands wherever the server goes on", async () => {
    for (const next of [1, 31]) {
      const bench = createClientBench();
      const client = await bench.connect();
      const session = await bench.join(client, {}, { cursor: 12 });
      const got: number[] = [];
      session.on("said", (_event, { cursor }) => got.push(cursor));
      bench.server.verdict = (sessionId) => ({
        sessionId,
        verdict: Verdict.SNAPSHOT,
        epoch: "e9",
        cursor: 30n,
      });
      bench.server.last.cut();
      await bench.advance(1_000);
      const gap = { from: 13n, to: 0n, reason: GapReason.EPOCH_CHANGED, epoch: "e9" };
      bench.server.last.send({ sessionId: "1", body: { case: "gap", value: gap } }, said(next));
      bench.server.last.send(said(next + 1));
      await bench.settle();
      assert.deepEqual(got, [next, next + 1]);
      assert.deepEqual(session.position, { epoch: "e9", cursor: next + 1, stateTick: 0 });
      await bench.finish(client);
    }
  });

  test("RS-8: inputs after last_input_seq are sent again, in order, before new ones", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const sent = ["a", "b", "c"].map((text) => session.send("say", { text }));
    await bench.settle();
    bench.server.last.cut();
    await bench.settle();
    sent.push(session.send("say", { text: "d" }));
    bench.server.verdict = (sessionId) => ({
      sessionId,
      verdict: Verdict.RECOVERED,
      epoch: "e1",
      lastInputSeq: 1n,
    });
    client.onStateChange((state) => {
      if (state === "live") sent.push(session.send("say", { text: "e" }));
    });
    await bench.advance(1_000);
    const inputs = bench.server.last.all("input").map(({ value }) => value);
    assert.deepEqual(
      inputs.map(({ seq, payload }) => [seq, Buffer.from(payload).toString()]),
      [
        [2n, '{"text":"b"}'],
        [3n, '{"text":"c"}'],
        [4n, '{"text":"d"}'],
        [5n, '{"text":"e"}'],
      ],
    );
    // The server has input 1 but has not said that the room applied it.
    assert.equal(await outcomeOf(sent[0] ?? Promise.resolve()), "pending");
    bench.server.last.send({ sessionId: "1", inputAck: 5n });
    await bench.settle();
    assert.equal(await outcomeOf(Promise.all(sent)), "resolved");
    await bench.finish(client);
  });

  test("RS-8, IN-4: a request whose reply may be lost is sent again even if the server has it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const bought = session.request("buy", { text: "sword" });
    const sent = session.send("say", { text: "x" });
    await bench.settle();
    bench.server.verdict = (sessionId) => ({
      sessionId,
      verdict: Verdict.RECOVERED,
      epoch: "e1",
      lastInputSeq: 2n,
    });
    bench.server.last.send({ sessionId: "1", inputAck: 2n });
    await bench.settle();
    assert.equal(await outcomeOf(sent), "resolved");
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.deepEqual(
      bench.server.last.all("input").map(({ value }) => value.seq),
      [1n],
    );
    const payload = new TextEncoder().encode('{"text":"yours"}');
    const reply = { sessionId: "1", body: { case: "reply" as const, value: { seq: 1n, payload } } };
    bench.server.last.send(reply, reply);
    await bench.settle();
    assert.deepEqual(await bought, { text: "yours" });
    await bench.finish(client);
  });

  test("RS-10: a pause that the server kept is not asked for again", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const pausing = session.pause();
    await bench.settle();
    bench.server.last.send({
      sessionId: "1",
      body: { case: "control", value: { action: 4, mode: PauseMode.BUFFER } },
    });
    await bench.settle();
    await pausing;
    bench.server.verdict = (sessionId) => ({
      sessionId,
      verdict: Verdict.RECOVERED,
      epoch: "e1",
      paused: PauseMode.BUFFER,
    });
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(session.status, "paused");
    assert.equal(bench.server.last.all("control").length, 0);
    await bench.finish(client);
  });

  test("the backoff grows while the connection does not stand, and starts anew when it did", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    bench.server.refusing = true;
    bench.server.last.cut();
    // 75, 150, 300, 600 ms: three quarters of 100, 200, 400, 800.
    await bench.advance(75 + 150 + 300 + 599);
    bench.server.refusing = false;
    await bench.advance(1);
    assert.equal(client.state, "live");
    await bench.advance(1_000);
    bench.server.last.cut();
    await bench.advance(1_199);
    assert.equal(client.state, "resuming");
    await bench.advance(1);
    assert.equal(client.state, "live");
    await bench.advance(5_000);
    bench.server.last.cut();
    await bench.advance(75);
    assert.equal(client.state, "live");
    await bench.finish(client);
  });
});
