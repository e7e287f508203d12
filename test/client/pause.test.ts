import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  Control_Action as Action,
  PauseMode,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, joinedMessage, outcomeOf, said, type ClientBench } from "./bench.ts";

const answer = (action: Action, more: { mode?: PauseMode; cursor?: bigint } = {}) => ({
  sessionId: "1",
  body: { case: "control" as const, value: { action, ...more } },
});
const asked = (bench: ClientBench) =>
  bench.server.last.all("control").map(({ value }) => [value.action, value.mode]);
const kept = (paused: PauseMode) => (sessionId: string) => ({
  sessionId,
  verdict: Verdict.RECOVERED,
  epoch: "e1",
  paused,
});

suite("client: pause and resume", () => {
  test("PR-1, PR-4: pause and resume resolve with their answers", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const statuses: string[] = [];
    session.onStatus((status) => statuses.push(status));
    const pausing = session.pause();
    await bench.settle();
    assert.equal(await outcomeOf(pausing), "pending");
    assert.equal(session.status, "active");
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.BUFFER }));
    await bench.settle();
    assert.equal(await outcomeOf(pausing), "resolved");
    const resuming = session.resume();
    await bench.settle();
    assert.equal(session.status, "paused");
    bench.server.last.send(answer(Action.RESUMED));
    await bench.settle();
    assert.equal(await outcomeOf(resuming), "resolved");
    assert.deepEqual(statuses, ["paused", "active"]);
    assert.deepEqual(asked(bench), [
      [Action.PAUSE, PauseMode.BUFFER],
      [Action.RESUME, PauseMode.UNSPECIFIED],
    ]);
    await bench.finish(client);
  });

  test("PR-1: inputs work while paused", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    void session.pause();
    const sent = session.send("say", { text: "" });
    await bench.settle();
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.BUFFER }), {
      sessionId: "1",
      inputAck: 1n,
    });
    await bench.settle();
    assert.equal(await outcomeOf(sent), "resolved");
    await bench.finish(client);
  });

  test("PR-3: RESUMED after BUFFER replays up to the end of the backlog; its cursor takes nothing away", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: unknown[] = [];
    session.on("said", (_event, { cursor, replayed }) => got.push([cursor, replayed]));
    void session.pause({ mode: "buffer" });
    await bench.settle();
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.BUFFER }));
    void session.resume();
    await bench.settle();
    bench.server.last.send(
      answer(Action.RESUMED, { cursor: 2n }),
      said(1),
      said(2),
      { sessionId: "1", body: { case: "endOfBacklog", value: { cursor: 2n } } },
      said(3),
    );
    await bench.settle();
    assert.deepEqual(got, [
      [1, true],
      [2, true],
      [3, false],
    ]);
    await bench.finish(client);
  });

  test("PR-3: RESUMED after SKIP moves the position to its cursor", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const got: unknown[] = [];
    session.on("said", (_event, { cursor, replayed }) => got.push([cursor, replayed]));
    await bench.settle();
    void session.pause({ mode: "skip" });
    await bench.settle();
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.SKIP }));
    void session.resume();
    await bench.settle();
    bench.server.last.send(answer(Action.RESUMED, { cursor: 40n }));
    await bench.settle();
    assert.equal(session.position.cursor, 40);
    bench.server.last.send(said(41));
    await bench.settle();
    assert.deepEqual(
      got.map((one) => (one as unknown[])[0]),
      [41],
    );
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  test("a pause asked for while away is asked for when the server knows nothing of it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.last.cut();
    await bench.settle();
    const pausing = session.pause({ mode: "skip" });
    await bench.advance(1_000);
    assert.deepEqual(asked(bench), [[Action.PAUSE, PauseMode.SKIP]]);
    assert.equal(await outcomeOf(pausing), "pending");
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.SKIP }));
    await bench.settle();
    assert.equal(await outcomeOf(pausing), "resolved");
    assert.equal(session.status, "paused");
    await bench.finish(client);
  });

  test("RS-10: pause and resume that were on their way at the cut end as wanted, whatever the server got", async () => {
    for (const mode of [PauseMode.UNSPECIFIED, PauseMode.BUFFER, PauseMode.SKIP]) {
      const bench = createClientBench();
      const client = await bench.connect();
      const session = await bench.join(client);
      const both = [session.pause({ mode: "skip" }), session.resume()];
      await bench.settle();
      bench.server.verdict = kept(mode);
      bench.server.last.cut();
      await bench.advance(1_000);
      const needed = mode === PauseMode.UNSPECIFIED ? [] : [[Action.RESUME, PauseMode.UNSPECIFIED]];
      assert.deepEqual(asked(bench), needed);
      if (mode !== PauseMode.UNSPECIFIED) {
        bench.server.last.send(answer(Action.RESUMED, { cursor: 7n }));
        await bench.settle();
        assert.equal(session.position.cursor, mode === PauseMode.SKIP ? 7 : 0);
      }
      assert.equal(await outcomeOf(Promise.all(both)), "resolved");
      assert.equal(session.status, "active");
      await bench.finish(client);
    }
  });

  test("RS-4: a pause is asked for again with a new seat, and so is the rate", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    void session.pause();
    await session.setRate(5);
    await bench.settle();
    bench.server.last.send(answer(Action.PAUSED, { mode: PauseMode.BUFFER }));
    await bench.settle();
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    bench.server.last.send(joinedMessage("1", { epoch: "e2" }));
    await bench.settle();
    assert.deepEqual(asked(bench), [
      [Action.PAUSE, PauseMode.BUFFER],
      [Action.SET_RATE, PauseMode.UNSPECIFIED],
    ]);
    assert.equal(bench.server.last.all("control")[1]?.value.rateHz, 5);
    await bench.finish(client);
  });

  test("PR-5: setRate is checked here, and told again after a resume", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    for (const bad of [-1, Infinity, NaN])
      await assert.rejects(session.setRate(bad), { code: "invalid-argument" });
    await session.setRate(0.5);
    await bench.settle();
    assert.equal(bench.server.last.all("control")[0]?.value.rateHz, 0.5);
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(bench.server.last.all("control")[0]?.value.rateHz, 0.5);
    await bench.finish(client);
  });

  test("BP-2, FL-1: THROTTLED is told, and 0 takes it back", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const heard: unknown[] = [];
    session.onThrottled((info) => heard.push(info));
    const throttled = (rateHz: number, reason: string) => ({
      sessionId: "1",
      body: { case: "control" as const, value: { action: Action.THROTTLED, rateHz, reason } },
    });
    bench.server.last.send(throttled(10, "Slow."));
    await bench.settle();
    assert.equal(session.throttledHz, 10);
    bench.server.last.send(throttled(0, ""));
    await bench.settle();
    assert.equal(session.throttledHz, 0);
    assert.deepEqual(heard, [
      { rateHz: 10, reason: "Slow." },
      { rateHz: 0, reason: "" },
    ]);
    await bench.finish(client);
  });

  test("calls of pause that wait are bounded", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.last.cut();
    await bench.settle();
    for (let count = 0; count < 64; count++) void session.pause();
    assert.equal(await outcomeOf(session.pause()), "rate-limited");
    await bench.finish(client);
  });
});
