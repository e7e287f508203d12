import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { Control_Action as Action, GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, type Bench, type WireClient, sessionOf } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

/** A client whose transport takes next to nothing while it does not read. */
function connectNarrow(bench: Bench, clientId: string): WireClient {
  const client = bench.dial({ highWaterBytes: 1 });
  client.send({ body: { case: "hello", value: { protocolVersion: 1, clientId } } });
  client.join("1", { roomType: "echo", roomId: "r" });
  return client;
}

function serverBytes(bench: Bench): number {
  return Math.max(...[...bench.engine.connections].map((connection) => connection.outbox.bytes));
}

describe("backpressure", () => {
  it("FR-4, BP-1, BP-3: who does not read costs one frame and delays nobody", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const stalled = connectNarrow(bench, "stalled");
    const reader = bench.connect("reader");
    reader.join("1", { roomType: "echo", roomId: "r" });
    stalled.transport.pauseReading();
    const text = "x".repeat(8_000);
    for (let seq = 1; seq <= 100; seq++) reader.input("1", seq, text);
    assert.equal(reader.texts("1").length, 100, "the reader has everything at once");
    assert.ok(serverBytes(bench) < 20_000, `${serverBytes(bench)} bytes wait for the stalled one`);
    stalled.transport.resumeReading();
    bench.clock.settle();
    assert.equal(stalled.texts("1").length, 100, "its cursor lagged; nothing was lost");
    assert.equal(stalled.all("gap").length, 0);
    bench.finish();
  });

  it("FR-1, RL-1: large and small bodies of one turn come in order, whole, and counted", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const [ann, bob] = ["ann", "bob"].map((name) => {
      const client = bench.connect(name);
      client.join("1", { roomType: "echo", roomId: "r" });
      return client;
    });
    assert.ok(ann !== undefined && bob !== undefined);
    ann.clear();
    bob.clear();
    const texts = [100, 8_150, 8_250, 3, 40_000, 8_192, 5].map((size) => "x".repeat(size));
    ann.send(
      ...texts.map((text, index) => ({
        sessionId: "1",
        body: {
          case: "input" as const,
          value: { seq: BigInt(index + 1), kind: 1, payload: Buffer.from(JSON.stringify(text)) },
        },
      })),
    );
    ann.put("1", texts.length + 1, "k", 1);
    bench.clock.advance(100);
    for (const client of [ann, bob]) {
      assert.deepEqual(client.texts("1"), texts);
      assert.equal(client.all("state").length, 1);
    }
    const bytes = texts.join("").length;
    const { bytesOut } = bench.engine.counters;
    assert.ok(bytesOut > 2 * bytes && bytesOut < 2 * bytes + 3_000, `${bytesOut} bytes counted`);
    bench.finish();
  });

  it("BP-2: who lags beyond the log gets Gap and snapshot, is counted, and is not closed", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { log: { entriesMax: 8 } }) },
    });
    const stalled = connectNarrow(bench, "stalled");
    const reader = bench.connect("reader");
    reader.join("1", { roomType: "echo", roomId: "r" });
    reader.put("1", 1, "k", 1);
    stalled.transport.pauseReading();
    for (let seq = 2; seq <= 50; seq++) reader.input("1", seq, `t${seq}`);
    stalled.transport.resumeReading();
    bench.clock.settle();
    assert.equal(stalled.last("gap").reason, GapReason.LOG_TRIMMED);
    assert.equal(stalled.all("state").at(-1)?.baseTick, 0n);
    assert.deepEqual(stalled.texts("1").slice(-8), reader.texts("1").slice(-8));
    assert.equal(stalled.closeName, "");
    assert.equal(bench.engine.counters.gapsSent, 1);
    bench.finish();
  });

  it("BP-2, ST-4: who lags in state gets one merged patch from its tick to the newest", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const stalled = connectNarrow(bench, "stalled");
    const reader = bench.connect("reader");
    reader.join("1", { roomType: "echo", roomId: "r" });
    reader.put("1", 1, "k", 1);
    const before = stalled.last("state").tick;
    stalled.transport.pauseReading();
    for (let seq = 2; seq <= 30; seq++) {
      reader.put("1", seq, `k${seq}`, seq);
      bench.clock.advance(50);
    }
    stalled.clear();
    stalled.transport.resumeReading();
    bench.clock.settle();
    const states = stalled.all("state");
    assert.ok(
      states.length <= 2,
      `${states.length} states: the frame in flight and one merged patch`,
    );
    assert.ok(
      states.every(({ baseTick }) => baseTick >= before),
      "patches, not snapshots",
    );
    assert.equal(states.at(-1)?.tick, reader.last("state").tick);
    assert.ok(bench.engine.counters.statesConflated >= 1);
    bench.finish();
  });

  it("BP-2: ephemerals beyond the ring are dropped and counted", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { ephemeralRingMax: 4 },
    });
    const stalled = connectNarrow(bench, "stalled");
    const reader = bench.connect("reader");
    reader.join("1", { roomType: "echo", roomId: "r" });
    stalled.transport.pauseReading();
    for (let count = 0; count < 20; count++) reader.input("1", 0, `t${count}`, { kind: 3 });
    stalled.transport.resumeReading();
    bench.clock.settle();
    assert.ok(stalled.texts("1").length < 20);
    assert.deepEqual(stalled.texts("1").slice(-4), ["t16", "t17", "t18", "t19"]);
    assert.ok(bench.engine.counters.ephemeralsDropped > 0);
    bench.finish();
  });

  it("BP-2: slow writes lower the update rate, THROTTLED says so, and quick ones raise it again", () => {
    const room = createEchoRoom(undefined, {
      tickRateHz: 20,
      onTick: (context, { tick }) => void context.state.scores.set("tick", { score: tick }),
    });
    const bench = createBench({ rooms: { echo: room } });
    const slow = connectNarrow(bench, "slow");
    for (let round = 0; round < 3; round++) {
      slow.transport.pauseReading();
      bench.clock.advance(400);
      slow.transport.resumeReading();
      bench.clock.settle();
    }
    assert.equal(slow.last("control").action, Action.THROTTLED);
    assert.equal(slow.last("control").rateHz, 2.5, "20 Hz divided by 8");
    slow.clear();
    bench.clock.advance(2_000);
    const few = slow.all("state").length;
    assert.ok(few >= 4 && few <= 7, `${few} updates in two seconds at 2.5 Hz`);
    bench.clock.advance(60_000);
    assert.equal(slow.last("control").rateHz, 0, "no longer throttled");
    assert.ok(bench.engine.counters.ratesLowered >= 3);
    bench.finish();
  });

  it("BP-2: when nothing can be written for the send timeout, slow-consumer, and it can be resumed", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const stalled = connectNarrow(bench, "stalled");
    const reader = bench.connect("reader");
    reader.join("1", { roomType: "echo", roomId: "r" });
    stalled.transport.pauseReading();
    reader.input("1", 1, "a");
    bench.clock.advance(40_000);
    assert.equal(bench.engine.tally.closes.get("slow-consumer"), 1);
    assert.equal(closeReasons.slowConsumer.action, "resume");
    assert.equal(sessionOf(bench.engine, "stalled", "1")?.state.kind, "detached");
    bench.finish();
  });

  it("BP-1: a full control lane closes with slow-consumer", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { outboxMessagesMax: 16 },
    });
    const stalled = connectNarrow(bench, "stalled");
    stalled.transport.pauseReading();
    for (let seq = 1; seq <= 40; seq++) stalled.input("1", seq, "x", { kind: 2, wantsReply: true });
    assert.equal(bench.engine.tally.closes.get("slow-consumer") ?? 0, 1);
    bench.finish();
  });

  it("BP-4: who gets too much too quickly is paced by the flow-control delay, and gets everything", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { pacingBytesPerSecond: 20_000 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    const text = "x".repeat(5_000);
    for (let seq = 1; seq <= 10; seq++) ann.input("1", seq, text);
    const atOnce = ann.texts("1").length;
    assert.ok(atOnce < 10, `${atOnce} at once`);
    bench.clock.advance(3_000);
    assert.equal(ann.texts("1").length, 10);
    assert.ok(bench.engine.counters.flushesPaced > 0);
    bench.finish();
  });

  it("BP-4: a connection that ends while it is paced, or waits for its rate, leaves no timer", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: Infinity }) },
      limits: { pacingBytesPerSecond: 20_000, flowControlDelayMs: 60_000 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    const text = "x".repeat(5_000);
    for (let seq = 1; seq <= 10; seq++) ann.input("1", seq, text);
    assert.ok(ann.texts("1").length < 10, "paced");
    ann.transport.close(closeReasons.clientClosed, "");
    bench.clock.advance(5_000);
    assert.equal(bench.engine.connections.size, 0);
    assert.equal(bench.engine.timersWaiting, 0);
    bench.finish();
  });
});
