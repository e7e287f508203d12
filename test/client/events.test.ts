import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { GapReason, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, said, stateMessage } from "./bench.ts";

suite("client: events", () => {
  test("RL-4: events apply in order, with their cursor, sender and time; duplicates are dropped", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client, {}, { cursor: 3 });
    const got: unknown[] = [];
    session.on("said", ({ text }, { cursor, sender, timeMs }) => {
      got.push([text, cursor, sender, timeMs]);
    });
    bench.server.last.send(said(3), said(4), said(4), said(5), said(1));
    await bench.settle();
    assert.deepEqual(got, [
      ["#4", 4, "bob", 5_000],
      ["#5", 5, "bob", 5_000],
    ]);
    assert.equal(bench.server.connections.length, 1);
    assert.equal(session.position.cursor, 5);
    await bench.finish(client);
  });

  test("RL-3, RL-4: skipped_to moves the cursor over what was for others, on an event or alone", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    session.on("said", (_event, { cursor }) => got.push(cursor));
    bench.server.last.send(said(1), said(5, { skippedTo: 4 }), { sessionId: "1", skippedTo: 9n });
    bench.server.last.send(said(10));
    await bench.settle();
    assert.deepEqual(got, [1, 5, 10]);
    bench.server.last.send({ sessionId: "1", skippedTo: 12n });
    await bench.settle();
    assert.equal(session.position.cursor, 12);
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  for (const [name, message] of [
    ["a hole", said(3)],
    ["a hole behind skipped_to", said(6, { skippedTo: 4 })],
    ["an event that was said to be passed over", said(3, { skippedTo: 5 })],
  ] as const)
    test(`RL-4: ${name} is a broken stream: resume from before it`, async () => {
      const bench = createClientBench();
      const client = await bench.connect();
      const session = await bench.join(client);
      const got: number[] = [];
      session.on("said", (_event, { cursor }) => got.push(cursor));
      bench.server.last.send(said(1), message, said(4), said(5));
      await bench.advance(1_000);
      assert.equal(bench.server.connections.length, 2);
      assert.equal(bench.server.connections[0]?.closed, closeReasons.connectionLost);
      assert.equal(bench.server.last.hello.sessions[0]?.position?.cursor, 1n);
      bench.server.last.send(said(2), said(3));
      await bench.settle();
      assert.deepEqual(got, [1, 2, 3]);
      await bench.finish(client);
    });

  test("RL-8: an event with cursor 0 is delivered in order and moves nothing", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    session.on("said", (_event, { cursor }) => got.push(cursor));
    bench.server.last.send(said(1), said(0), said(0), said(2));
    await bench.settle();
    assert.deepEqual(got, [1, 0, 0, 2]);
    assert.equal(session.position.cursor, 2);
    await bench.finish(client);
  });

  test("an unknown kind is passed over, a payload that does not decode is reported; the cursor moves on", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    session.on("said", (_event, { cursor }) => got.push(cursor));
    const event = (cursor: bigint, kind: number) => ({
      sessionId: "1",
      body: { case: "event" as const, value: { cursor, kind, payload: Uint8Array.of(0xff) } },
    });
    bench.server.last.send(event(1n, 77), event(2n, 1), said(3));
    await bench.settle();
    assert.deepEqual(got, [3]);
    assert.equal(bench.reported.length, 1);
    assert.equal(session.position.cursor, 3);
    await bench.finish(client);
  });

  test("acknowledgements ride on inputs; alone they go out about once a second, for all sessions together", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const other = await bench.join(client);
    session.on("said", () => undefined);
    other.on("said", () => undefined);
    await bench.advance(2_000);
    const acks = () =>
      bench.server.last
        .take()
        .filter(({ body, sessionId }) => sessionId !== "" && body.case !== "join")
        .map(({ sessionId, ackCursor, body }) => [sessionId, Number(ackCursor), body.case]);
    acks();
    bench.server.last.send(said(1), said(2), said(1, { sessionId: "2" }));
    await bench.advance(999);
    assert.deepEqual(acks(), []);
    await bench.advance(1);
    assert.deepEqual(acks(), [
      ["1", 2, undefined],
      ["2", 1, undefined],
    ]);
    bench.server.last.send(said(3));
    await bench.settle();
    void session.send("say", { text: "" });
    await bench.advance(5_000);
    assert.deepEqual(acks(), [["1", 3, "input"]]);
    void session.send("say", { text: "" });
    await bench.settle();
    assert.deepEqual(acks(), [["1", 0, "input"]], "once is enough");
    await bench.finish(client);
  });

  test("256 handled events are acknowledged without waiting", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    session.on("said", () => undefined);
    await bench.settle();
    const before = bench.clock.now();
    for (let cursor = 1; cursor <= 300; cursor++) bench.server.last.send(said(cursor));
    await bench.settle();
    assert.equal(bench.clock.now(), before);
    assert.ok(bench.server.last.received.some(({ ackCursor }) => ackCursor >= 256n));
    await bench.finish(client);
  });

  test("RL-5: a gap in a running stream moves the cursor, and the state that follows is taken", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    session.on("said", (_event, { cursor }) => got.push(cursor));
    const gap = { from: 2n, to: 100n, reason: GapReason.LOG_TRIMMED, epoch: "e1" };
    bench.server.last.send(
      said(1),
      { sessionId: "1", body: { case: "gap", value: gap } },
      stateMessage(1, 0, 4),
      said(101),
    );
    await bench.settle();
    assert.deepEqual(got, [1, 101]);
    assert.equal(session.state.players.get("ann")?.x, 4);
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  test("JN-6: a history limit at a rejoin is a gap, and the stream goes on behind it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client, {}, { cursor: 3 });
    const log: unknown[] = [];
    session.on("said", (_event, { cursor, replayed }) => log.push([cursor, replayed]));
    session.onGap(({ from, to, reason }) => log.push([from, to, reason]));
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    const gap = { from: 4n, to: 10n, reason: GapReason.HISTORY_LIMIT, epoch: "e1" };
    const value = { roomId: "r1", epoch: "e1", cursor: 10n, verdict: Verdict.SNAPSHOT };
    bench.server.last.send(
      { sessionId: "1", body: { case: "joined", value } },
      { sessionId: "1", body: { case: "gap", value: gap } },
      stateMessage(1, 0, 1),
      said(11),
      { sessionId: "1", body: { case: "endOfBacklog", value: { cursor: 11n } } },
      said(12),
    );
    await bench.settle();
    assert.deepEqual(log, [
      [4, 10, "history-limit"],
      [11, true],
      [12, false],
    ]);
    await bench.finish(client);
  });
});
