import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { GapReason, PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, joinedMessage, lobby, said, stateMessage } from "./bench.ts";

/** A promise the test resolves. */
function gate(): { readonly promise: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open: () => open() };
}

const controls = (list: { value: { action: number } }[]) => list.map(({ value }) => value.action);
const paused = { case: "control" as const, value: { action: 4 as const, mode: PauseMode.BUFFER } };

suite("client: event handlers", () => {
  test("RL-7: the cursor moves when the handler's promise is settled, and the next event waits for it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const other = await bench.join(client);
    const log: string[] = [];
    const gates = [gate(), gate(), gate()];
    session.on("said", async (_event, { cursor }) => {
      log.push(`begin ${cursor}`);
      await gates[cursor - 1]?.promise;
      log.push(`end ${cursor}`);
    });
    other.on("said", (_event, { cursor }) => log.push(`other ${cursor}`));
    bench.server.last.send(said(1), said(2), said(1, { sessionId: "2" }), said(3));
    await bench.settle();
    assert.deepEqual(log, ["begin 1", "other 1"]);
    assert.equal(session.position.cursor, 0);
    gates[0]?.open();
    await bench.settle();
    assert.deepEqual(log, ["begin 1", "other 1", "end 1", "begin 2"]);
    assert.equal(session.position.cursor, 1);
    gates[2]?.open();
    gates[1]?.open();
    await bench.settle();
    assert.deepEqual(log.slice(4), ["end 2", "begin 3", "end 3"]);
    assert.equal(session.position.cursor, 3);
    await bench.finish(client);
  });

  test("RL-7: a resume while handlers are busy brings nothing twice and loses nothing", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const done: number[] = [];
    const first = gate();
    session.on("said", async (_event, { cursor }) => {
      if (cursor === 1) await first.promise;
      done.push(cursor);
    });
    bench.server.last.send(said(1), said(2));
    await bench.settle();
    bench.server.last.cut();
    await bench.advance(1_000);
    // Both are here and will be handled, so they need not come again.
    assert.equal(bench.server.last.hello.sessions[0]?.position?.cursor, 2n);
    assert.equal(session.position.cursor, 0);
    bench.server.last.send(said(1), said(2), said(3));
    await bench.settle();
    first.open();
    await bench.settle();
    assert.deepEqual(done, [1, 2, 3]);
    await bench.finish(client);
  });

  test("gaps and the end of the backlog are told in their place between the events", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const log: unknown[] = [];
    const first = gate();
    session.on("said", async (_event, { cursor }) => {
      if (cursor === 1) await first.promise;
      log.push(cursor);
    });
    session.onGap(({ from, to }) => log.push([from, to]));
    session.onBacklogEnd(({ cursor }) => log.push(`end ${cursor}`));
    const gap = { from: 2n, to: 4n, reason: GapReason.LOG_TRIMMED, epoch: "e1" };
    bench.server.last.send(
      said(1),
      { sessionId: "1", body: { case: "gap", value: gap } },
      said(5),
      { sessionId: "1", body: { case: "endOfBacklog", value: { cursor: 5n } } },
      said(6),
    );
    await bench.settle();
    assert.deepEqual(log, []);
    first.open();
    await bench.settle();
    assert.deepEqual(log, [1, [2, 4], 5, "end 5", 6]);
    await bench.finish(client);
  });

  test("a handler that throws or rejects is reported, and the next event comes all the same", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    session.on("said", (_event, { cursor }) => {
      got.push(cursor);
      if (cursor === 1) throw new Error("first");
      return cursor === 2 ? Promise.reject(new Error("second")) : undefined;
    });
    session.on("said", (_event, { cursor }) => got.push(-cursor));
    bench.server.last.send(said(1), said(2), said(3));
    await bench.settle();
    assert.deepEqual(got, [1, -1, 2, -2, 3, -3]);
    assert.deepEqual(
      bench.reported.map(({ error, where }) => [String(error), where]),
      [
        ["Error: first", 'session 1, on("said")'],
        ["Error: second", 'session 1, on("said")'],
      ],
    );
    assert.equal(session.position.cursor, 3);
    await bench.finish(client);
  });

  test("an onError that throws itself stops nothing", async () => {
    const bench = createClientBench();
    const client = await bench.connect({
      onError: () => {
        throw new Error("worse");
      },
    });
    const session = await bench.join(client);
    session.on("said", () => {
      throw new Error("bad");
    });
    bench.server.last.send(said(1), said(2));
    await bench.settle();
    assert.equal(session.position.cursor, 2);
    await bench.finish(client);
  });

  test("a handler can be taken back, also from within", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: number[] = [];
    const off = session.on("said", (_event, { cursor }) => {
      got.push(cursor);
      off();
    });
    bench.server.last.send(said(1), said(2));
    await bench.settle();
    assert.deepEqual(got, [1]);
    assert.equal(session.position.cursor, 2);
    await bench.finish(client);
  });

  test("JN-5: callbacks added when join resolves miss nothing, though all came in one frame", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const log: unknown[] = [];
    const left = { code: closeReasons.roomClosed.code, reason: "", mayRejoin: true };
    const joining = client.join(lobby, { roomType: "lobby" });
    await bench.settle();
    bench.server.last.send(
      joinedMessage("1"),
      said(1),
      said(2),
      { sessionId: "1", body: { case: "endOfBacklog", value: { cursor: 2n } } },
      stateMessage(4, 0, 2.5),
      said(3),
      { sessionId: "1", body: { case: "left", value: left } },
    );
    const settling = bench.settle();
    const session = await joining;
    session.on("said", (_event, { cursor, replayed }) => log.push([cursor, replayed]));
    session.onBacklogEnd(({ cursor }) => log.push(`end ${cursor}`));
    session.state.players.onAdd((row, key) => log.push([key, row.x]));
    session.onState(({ tick }) => log.push(`tick ${tick}`));
    session.onClose(({ reason }) => log.push(reason.name));
    await settling;
    await bench.settle();
    assert.deepEqual(log, [
      [1, true],
      [2, true],
      "end 2",
      ["ann", 2.5],
      "tick 4",
      [3, false],
      "room-closed",
    ]);
    await bench.finish(client);
  });

  test("a slow handler pauses its session on the server, and resumes it when it has caught up", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const first = gate();
    let handled = 0;
    session.on("said", async (_event, { cursor }) => {
      if (cursor === 1) await first.promise;
      handled++;
    });
    for (let cursor = 1; cursor <= 257; cursor++) bench.server.last.send(said(cursor));
    await bench.settle();
    assert.deepEqual(controls(bench.server.last.all("control")), []);
    for (let cursor = 258; cursor <= 300; cursor++) bench.server.last.send(said(cursor));
    bench.server.last.send({ sessionId: "1", body: paused });
    await bench.settle();
    const [pause] = bench.server.last.all("control");
    assert.equal(pause?.value.action, 1);
    assert.equal(pause.value.mode, PauseMode.BUFFER);
    assert.equal(session.status, "active", "the user has not paused it");
    first.open();
    await bench.settle();
    assert.equal(handled, 300);
    assert.deepEqual(controls(bench.server.last.all("control")), [1, 2]);
    bench.server.last.send({
      sessionId: "1",
      body: { case: "control", value: { action: 5, cursor: 300n } },
    });
    bench.server.last.send(said(301));
    await bench.settle();
    assert.equal(handled, 301);
    await bench.finish(client);
  });

  test("a user's resume while a handler is slow goes out, and the pause for the handler after it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const first = gate();
    session.on("said", () => first.promise);
    void session.pause({ mode: "skip" });
    await bench.settle();
    for (let cursor = 1; cursor <= 300; cursor++) bench.server.last.send(said(cursor));
    await bench.settle();
    assert.deepEqual(controls(bench.server.last.all("control")), [1]);
    const resuming = session.resume();
    await bench.settle();
    assert.deepEqual(controls(bench.server.last.all("control")), [1, 2, 1]);
    bench.server.last.send(
      { sessionId: "1", body: { case: "control", value: { action: 4, mode: PauseMode.SKIP } } },
      { sessionId: "1", body: { case: "control", value: { action: 5, cursor: 300n } } },
      { sessionId: "1", body: paused },
    );
    await bench.settle();
    await resuming;
    assert.equal(session.status, "active");
    first.open();
    await bench.settle();
    assert.deepEqual(controls(bench.server.last.all("control")), [1, 2, 1, 2]);
    await bench.finish(client);
  });

  test("what exceeds the queue even so is let go, and asked for again when there is room", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const first = gate();
    const done: number[] = [];
    session.on("said", async (_event, { cursor }) => {
      if (cursor === 1) await first.promise;
      done.push(cursor);
    });
    for (let cursor = 1; cursor <= 5_000; cursor++) bench.server.last.send(said(cursor));
    await bench.settle();
    assert.equal(bench.server.connections.length, 1);
    first.open();
    await bench.advance(1_000);
    assert.equal(bench.server.connections.length, 2);
    const from = Number(bench.server.last.hello.sessions[0]?.position?.cursor);
    assert.ok(from < 5_000 && from > 4_000);
    for (let cursor = from + 1; cursor <= 5_000; cursor++) bench.server.last.send(said(cursor));
    await bench.settle();
    assert.deepEqual(
      done,
      Array.from({ length: 5_000 }, (_unused, index) => index + 1),
    );
    await bench.finish(client);
  });
});
