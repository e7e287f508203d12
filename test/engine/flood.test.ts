import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Control_Action as Action, ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { silentLog } from "../../server/observe/log.ts";
import { createBench, inputMessage, sessionOf } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

describe("flood", () => {
  it("FL-1: too many inputs are told THROTTLED and read later; nothing is lost", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { inputsPerSecond: 10, inputsBurst: 20 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (let seq = 1; seq <= 60; seq++) ann.input("1", seq, `t${seq}`);
    const atOnce = ann.texts("1").length;
    assert.ok(atOnce >= 20 && atOnce < 60, `${atOnce} at once`);
    assert.equal(ann.last("control").action, Action.THROTTLED);
    assert.equal(ann.last("control").rateHz, 10);
    bench.clock.advance(10_000);
    assert.deepEqual(
      ann.texts("1"),
      Array.from({ length: 60 }, (_, index) => `t${index + 1}`),
    );
    assert.ok(bench.engine.counters.readsDelayed > 0);
    bench.finish();
  });

  it("FL-1: a frame without messages counts as one with one", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { messagesPerSecond: 10, messagesBurst: 10 },
    });
    const ann = bench.connect("ann");
    for (let count = 0; count < 12; count++) ann.send();
    assert.ok(bench.engine.counters.readsDelayed > 0);
    bench.finish();
  });

  it("FL-1: a frame with more joins than there may be sessions ends the connection", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { sessionsPerConnectionMax: 2 },
    });
    const ann = bench.connect("ann");
    const join = { body: { case: "join", value: { roomType: "echo" } } } as const;
    ann.send({ sessionId: "1", ...join }, { sessionId: "2", ...join }, { sessionId: "3", ...join });
    assert.equal(ann.closeName, "flood");
    bench.finish();
  });

  it("HS-7: an address has so many connections", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { connectionsPerAddressMax: 1 },
    });
    bench.connect("ann");
    const bob = bench.connect("bob");
    assert.equal(bob.closeName, "capacity");
    assert.equal(bench.engine.tally.refusals("entry").get("address-capacity"), 1);
    bench.finish();
  });

  it("FL-1: the operator is told once, with the limits to set", () => {
    const lines: string[] = [];
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { inputsPerSecond: 10, inputsBurst: 20 },
      log: { ...silentLog, warn: (_, message) => void lines.push(message) },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (let seq = 1; seq <= 60; seq++) ann.input("1", seq, `t${seq}`);
    bench.clock.advance(10_000);
    assert.ok((bench.engine.tally.refusals("entry").get("rate") ?? 0) > 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /limits\.inputsPerSecond/);
    bench.finish();
  });

  it("FL-1: who keeps on is closed with flood, and may resume", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { inputsPerSecond: 10, inputsBurst: 10, floodStrikesMax: 3 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (let seq = 1; seq <= 200 && ann.closeName === ""; seq++) {
      ann.input("1", seq, "x");
      bench.clock.advance(20);
    }
    assert.equal(ann.closeName, "flood");
    assert.equal(sessionOf(bench.engine, "ann", "1")?.state.kind, "detached");
    bench.finish();
  });

  it("FL-1: the messages of a connection are bounded too, whatever they are", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { messagesPerSecond: 10, messagesBurst: 10, floodStrikesMax: 2 },
    });
    const ann = bench.connect("ann");
    for (let count = 0; count < 200 && ann.closeName === ""; count++) {
      ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: 1 } } });
      bench.clock.advance(30);
    }
    assert.equal(ann.closeName, "flood");
    bench.finish();
  });

  it("FL-1: a Join counts as many messages, for it makes the server look for a room", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { messagesPerSecond: 10, messagesBurst: 50 },
    });
    const ann = bench.connect("ann");
    for (let count = 0; count < 20; count++)
      ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: 1 } } });
    assert.equal(bench.engine.counters.readsDelayed, 0);
    for (const sessionId of ["1", "2"]) ann.join(sessionId, { roomType: "echo" });
    assert.equal(bench.engine.counters.readsDelayed, 1);
    bench.finish();
  });

  it("FL-2: beyond the bound a room drops a player's oldest waiting input, counts it and says so", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { tickRateHz: 1 }) },
      limits: { unackedInputsMax: 4, inputsBurst: 1_000, ephemeralInputsMax: 2 },
    });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    ann.send(...[1, 2, 3, 4, 5, 6].map((seq) => inputMessage("1", seq, `a${seq}`)));
    ann.send(...["x", "y", "z"].map((text) => inputMessage("1", 0, text, { kind: 3 })));
    bob.input("1", 1, "b1");
    bench.clock.advance(1_100);
    assert.deepEqual(bob.texts("1"), ["a3", "a4", "a5", "a6", "b1", "y", "z"]);
    assert.deepEqual(
      ann.all("error").map(({ code }) => code),
      [ErrorCode.INPUT_DROPPED, ErrorCode.INPUT_DROPPED],
    );
    assert.equal(bench.engine.counters.inputsDropped, 3);
    bench.finish();
  });
});
