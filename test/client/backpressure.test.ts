import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createClientBench, lobby, said } from "./bench.ts";

suite("client: back-pressure and endings", () => {
  test("a full transport makes inputs wait in their log, within its bound, and nothing is lost or reordered", async () => {
    const bench = createClientBench({ latencyMs: 50, highWaterBytes: 2_000 });
    bench.server.welcome = { limits: { unackedInputsMax: 200 } };
    const client = await bench.connect();
    const session = await bench.join(client);
    const { pair } = bench.server.last;
    pair.server.pauseReading();
    let rejected = 0;
    for (let count = 0; count < 400; count++) {
      session.send("say", { text: "x".repeat(100) }).catch(() => rejected++);
      await bench.advance(1);
    }
    assert.equal(rejected, 200);
    assert.ok(pair.client.bufferedBytes < 2_500, String(pair.client.bufferedBytes));
    pair.server.resumeReading();
    await bench.advance(1_000);
    assert.deepEqual(
      bench.server.last.all("input").map(({ value }) => Number(value.seq)),
      Array.from({ length: 200 }, (_unused, index) => index + 1),
    );
    await bench.finish(client);
  });

  test("IN-5: ephemeral inputs behind a full transport are bounded; the oldest go", async () => {
    const bench = createClientBench({ latencyMs: 50, highWaterBytes: 100 });
    const client = await bench.connect();
    const session = await bench.join(client);
    await bench.advance(1_000);
    const { pair } = bench.server.last;
    pair.server.pauseReading();
    void session.send("say", { text: "x".repeat(200) });
    await bench.advance(10);
    for (let count = 1; count <= 100; count++)
      void session.send("steer", { clientSeq: count }, { ephemeral: true });
    void session.send("say", { text: "last" });
    await bench.advance(10);
    pair.server.resumeReading();
    await bench.advance(1_000);
    const inputs = bench.server.last.all("input").map(({ value }) => value);
    assert.deepEqual(
      inputs.filter(({ seq }) => seq > 0n).map(({ seq }) => seq),
      [1n, 2n],
    );
    const kept = inputs.filter(({ seq }) => seq === 0n).map(({ payload }) => payload.at(-1));
    assert.deepEqual(
      kept,
      Array.from({ length: 32 }, (_unused, index) => index + 69),
    );
    await bench.finish(client);
  });

  test("heartbeats do not pile up behind a full transport", async () => {
    const bench = createClientBench({ latencyMs: 1, highWaterBytes: 50 });
    const client = await bench.connect();
    await bench.advance(1_000);
    const { pair } = bench.server.last;
    pair.server.pauseReading();
    for (let count = 0; count < 500; count++) {
      bench.server.last.send({ body: { case: "heartbeat", value: { timeMs: count + 1 } } });
      await bench.advance(2);
    }
    const before = bench.server.last.all("heartbeat").length;
    assert.ok(pair.client.bufferedBytes < 500);
    pair.server.resumeReading();
    await bench.advance(100);
    const answers = bench.server.last.all("heartbeat").slice(before);
    assert.ok(answers.length < 30, String(answers.length));
    assert.equal(answers.at(-1)?.value.echoMs, 500);
    await bench.finish(client);
  });

  test("frames leave the headroom the transport asks for", async () => {
    const bench = createClientBench({ headroomBytes: 14 });
    const client = await bench.connect();
    const session = await bench.join(client);
    void session.send("say", { text: "hi" });
    await bench.settle();
    assert.equal(bench.server.last.all("input").length, 1);
    await bench.finish(client);
  });

  test("CL-3: close() sends what waits, half-closes, rejects the rest and leaves nothing", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    session.on("said", () => undefined);
    bench.server.last.send(said(1));
    await bench.settle();
    const states: string[] = [];
    const ends: string[] = [];
    client.onStateChange((state) => states.push(state));
    session.onClose(({ reason }) => ends.push(reason.name));
    session.onStatus((status) => ends.push(status));
    const sent = session.send("say", { text: "bye" });
    const asked = session.request("buy", { text: "" }, { timeoutMs: 60_000 });
    const pausing = session.pause();
    const joining = client.join(lobby, { roomType: "lobby" });
    joining.catch(() => undefined);
    const leaving = session.leave();
    const closing = client.close();
    for (const one of [sent, asked, pausing, joining])
      await assert.rejects(
        async () => {
          await bench.settle();
          await one;
        },
        { code: "connection-closed" },
      );
    await Promise.all([closing, leaving, client.close()]);
    assert.equal(bench.server.last.all("input").length, 2);
    assert.equal(bench.server.last.closed?.name, "client-closed");
    assert.deepEqual(states, ["closed"]);
    assert.deepEqual(ends, ["closed", "client-closed"]);
    assert.equal(client.closeReason?.name, "client-closed");
    assert.equal(bench.clock.pendingTimers, 0);
    assert.equal(bench.clock.pendingDeferred, 0);
    await assert.rejects(session.send("say", { text: "" }), { code: "session-closed" });
    await assert.rejects(client.join(lobby, { roomType: "l" }), {
      code: "connection-closed",
    });
  });

  test("close() while waiting to reconnect, or while dialling, is immediate", async () => {
    for (const waitMs of [0, 80]) {
      const bench = createClientBench();
      const client = await bench.connect();
      await bench.join(client);
      bench.server.welcomes = false;
      bench.server.last.cut();
      await bench.advance(waitMs);
      assert.equal(client.state, "resuming");
      await bench.finish(client);
    }
  });

  test("close() from within callbacks leaves nothing", async () => {
    for (const when of ["state", "event", "status"] as const) {
      const bench = createClientBench();
      const client = await bench.connect();
      const session = await bench.join(client);
      if (when === "state") client.onStateChange(() => void client.close());
      const heard: number[] = [];
      session.on("said", (_event, { cursor }) => heard.push(cursor));
      if (when === "event") session.on("said", () => void client.close());
      if (when === "status") session.onStatus(() => void client.close());
      bench.server.last.send(said(1), said(2));
      await bench.settle();
      // What stood behind it in the same frame is nobody's any more.
      assert.deepEqual(heard, when === "event" ? [1] : [1, 2]);
      bench.server.last.cut();
      await bench.advance(1_000);
      await bench.finish(client);
    }
  });

  test("close() from a callback while a broken stream is being left leaves nothing", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    session.onStatus(() => void client.close());
    bench.server.last.send(said(7));
    await bench.settle();
    assert.equal(client.state, "closed");
    assert.equal(bench.clock.pendingTimers, 0);
    await bench.finish(client);
  });

  test("after close() events that still wait for a slow handler are let go", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const heard: number[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    session.on("said", (_event, { cursor }) => {
      heard.push(cursor);
      return gate;
    });
    bench.server.last.send(said(1), said(2));
    await bench.settle();
    await bench.finish(client);
    open();
    await bench.settle();
    assert.deepEqual(heard, [1]);
  });

  test("a server that does not let go is left after two seconds", async () => {
    const bench = createClientBench({ latencyMs: 1 });
    const client = await bench.connect();
    // The pair closes at once; what holds back here is a transport that never says it is closed.
    const { pair } = bench.server.last;
    const destroyed: boolean[] = [];
    pair.client.close = () => undefined;
    const destroy = pair.client.destroy.bind(pair.client);
    pair.client.destroy = () => {
      destroyed.push(true);
      destroy();
    };
    const closing = client.close();
    await bench.advance(1_999);
    assert.deepEqual(destroyed, []);
    await bench.advance(1);
    await closing;
    assert.deepEqual(destroyed, [true]);
    await bench.advance(10);
    assert.equal(bench.clock.pendingTimers, 0);
  });
});
