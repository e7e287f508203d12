import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeLiveness } from "../../server/connection/liveness.ts";
import { encodeHeartbeat } from "../../server/connection/messages.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { createBench, type Bench, type WireClient } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

/** Lets time pass for a client that answers what it owes. */
function liveFor(bench: Bench, client: WireClient, ms: number): void {
  for (let passed = 0; passed < ms; passed += 500) {
    bench.clock.advance(500);
    for (const { timeMs, echoMs } of client.all("heartbeat")) {
      if (echoMs === 0)
        client.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: timeMs } } });
    }
    client.clear();
  }
}

describe("heartbeats", () => {
  it("HB-1: a silent client is asked, the first time after a random fraction of the interval", () => {
    const bench = createBench({ rooms: {} });
    const clients = Array.from({ length: 20 }, (_, index) => bench.connect(`c${index}`));
    const askedAt = new Map<WireClient, number[]>(clients.map((client) => [client, []]));
    for (let ms = 500; ms <= 41_000; ms += 500) {
      bench.clock.advance(500);
      for (const [client, times] of askedAt) {
        if (client.all("heartbeat").length > times.length) times.push(ms);
      }
    }
    const firsts = [...askedAt.values()].map(([first = NaN]) => first);
    assert.ok(Math.max(...firsts) <= 21_000, "after an interval of silence at the latest");
    const inFirstHalf = firsts.filter((ms) => ms <= 10_000).length;
    assert.ok(inFirstHalf >= 4 && inFirstHalf <= 16, `${inFirstHalf} of 20 in the first half`);
    for (const [first = NaN, second = NaN] of askedAt.values()) {
      assert.ok(second - first >= 19_500 && second - first <= 21_000, "then after the whole of it");
    }
    bench.finish();
  });

  it("HB-1: a heartbeat with echo 0 is answered with its time; an answer is not answered", () => {
    const bench = createBench({ rooms: {} });
    const ann = bench.connect("ann");
    ann.clear();
    ann.send({ body: { case: "heartbeat", value: { timeMs: 1234.5 } } });
    assert.equal(ann.last("heartbeat").echoMs, 1234.5);
    assert.equal(ann.last("heartbeat").timeMs, bench.clock.wallNow());
    ann.clear();
    ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: 2 } } });
    assert.deepEqual(ann.kinds(), []);
    bench.finish();
  });

  it("HB-1: a heartbeat is written byte for byte as the generated code writes it", () => {
    for (const [timeMs, echoMs] of [
      [1_763_630_000_123.25, 0],
      [1_763_630_000_123, 1_763_629_999_000.5],
    ] as const) {
      const body = { case: "heartbeat" as const, value: { timeMs, echoMs } };
      assert.deepEqual(
        new Uint8Array(encodeHeartbeat(timeMs, echoMs)),
        new Uint8Array(encodeServerMessage({ body })),
      );
    }
  });

  it("HB-2: who owes an answer and sends nothing is closed with receive-timeout; who answers stays", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const silent = bench.connect("silent");
    const alive = bench.connect("alive");
    liveFor(bench, alive, 50_000);
    assert.equal(silent.closeName, "receive-timeout");
    assert.equal(alive.closeName, "");
    bench.finish();
  });

  it("HB-3: no heartbeat is queued behind a frame that waits", () => {
    const times = {
      lastReceivedMs: 0,
      lastSentMs: 0,
      owedSinceMs: undefined,
      writingSinceMs: 19_000,
      silenceMs: 20_000,
    };
    const config = { heartbeatIntervalMs: 20_000, receiveTimeoutMs: 25_000, sendTimeoutMs: 15_000 };
    const verdict = judgeLiveness(times, config, 20_000);
    assert.equal(verdict.action, "none");
    assert.equal(
      judgeLiveness({ ...times, writingSinceMs: undefined }, config, 20_000).action,
      "heartbeat",
    );
    assert.equal(verdict.nextCheckMs, 25_000, "soon, for it may have gone by then");
    assert.equal(
      judgeLiveness({ ...times, writingSinceMs: undefined }, config, 20_000).nextCheckMs,
      35_000,
      "who has been asked is looked at for frames that begin to wait, and for nothing else",
    );
    assert.equal(judgeLiveness(times, config, 34_000).action, "slow-consumer");
    assert.equal(
      judgeLiveness({ ...times, writingSinceMs: undefined, owedSinceMs: 1_000 }, config, 26_000)
        .action,
      "receive-timeout",
    );
  });
});

describe("health checker", () => {
  it("HC-1: who is idle for two minutes is probed, and evicted without an answer", () => {
    const bench = createBench({ rooms: {}, limits: { heartbeatIntervalMs: 10_000_000 } });
    const ann = bench.connect("ann");
    bench.clock.advance(134_000);
    assert.equal(ann.all("healthCheck").length, 0);
    bench.clock.advance(2_000);
    assert.equal(ann.all("healthCheck").length, 1);
    bench.clock.advance(8_000);
    assert.equal(ann.closeName, "");
    bench.clock.advance(3_000);
    assert.equal(ann.closeName, "health-check-failed");
    bench.finish();
  });

  it("HC-1: an answered probe evicts nobody", () => {
    const bench = createBench({ rooms: {}, limits: { heartbeatIntervalMs: 10_000_000 } });
    const ann = bench.connect("ann");
    bench.clock.advance(136_000);
    ann.send({
      body: { case: "heartbeat", value: { timeMs: 1, echoMs: ann.last("healthCheck").timeMs } },
    });
    bench.clock.advance(30_000);
    assert.equal(ann.closeName, "");
    bench.finish();
  });

  it("HC-1: a probe that cannot be queued within two seconds evicts", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { heartbeatIntervalMs: 10_000_000, sendTimeoutMs: 10_000_000 },
    });
    const ann = bench.dial({ highWaterBytes: 1 });
    ann.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } });
    ann.join("1", { roomType: "echo", roomId: "r" });
    const bob = bench.connect("bob");
    bob.join("1", { roomId: "r" });
    ann.transport.pauseReading();
    bob.input("1", 1, "x");
    bench.clock.advance(134_000);
    bob.input("1", 2, "y");
    bench.clock.advance(2_500);
    assert.equal(bench.engine.tally.closes.get("health-check-failed") ?? 0, 0);
    bench.clock.advance(1_500);
    assert.equal(bench.engine.tally.closes.get("health-check-failed"), 1);
    bench.finish();
  });
});
