import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RequestBook } from "../../server/room/members/request-book.ts";
import { createSystemClock } from "../../shared/clock.ts";
import { createBench, inputMessage, type Bench, sessionOf } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

describe("robustness of connections", () => {
  const controlsOf = (bench: Bench) => bench.engine.tally.closes.get("slow-consumer") ?? 0;

  it("BP-1: more control messages than the lane holds, in one turn, close no connection that reads", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { outboxMessagesMax: 16 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(
      ...Array.from({ length: 60 }, (_, index) =>
        inputMessage("1", index + 1, "x", { kind: 2, wantsReply: true }),
      ),
    );
    assert.equal(ann.all("reply").length, 60);
    assert.equal(controlsOf(bench), 0);
    bench.finish();
  });

  it("BP-2: the update rate recovers on a transport that takes everything at once, and does not outlive its connection", () => {
    const trace: Trace = { calls: [] };
    const room = createEchoRoom(trace, {
      tickRateHz: 20,
      onTick: (context, { tick }) => void context.state.scores.set("tick", { score: tick }),
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.dial({ highWaterBytes: 300 });
    ann.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } });
    ann.join("1", { roomType: "echo" });
    for (let round = 0; round < 3; round++) {
      ann.transport.pauseReading();
      bench.clock.advance(1_000);
      ann.transport.resumeReading();
      bench.clock.settle();
    }
    const session = sessionOf(bench.engine, "ann", "1");
    const slowest = session?.stream?.updateRateHz ?? 20;
    assert.ok(slowest < 20, "throttled");
    const { epoch } = ann.last("joined");
    ann.cut();
    const back = bench.connect("ann", {
      resumeToken: ann.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0 }],
    });
    assert.equal(session?.stream?.updateRateHz, 20);
    bench.clock.advance(1_000);
    assert.ok(back.all("state").length >= 18);
    bench.finish();
  });

  it("FL-1, HB-2: a client that is read later because it sends too much is not closed for not being heard", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { inputsPerSecond: 1, inputsBurst: 2 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(...Array.from({ length: 70 }, (_, index) => inputMessage("1", index + 1, "x")));
    bench.clock.advance(3_000);
    ann.input("1", 71, "one more, deep in debt");
    for (let ms = 0; ms < 120_000 && ann.closeName === ""; ms += 500) {
      bench.clock.advance(500);
      for (const { timeMs, echoMs } of ann.all("heartbeat")) {
        if (echoMs === 0)
          ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: timeMs } } });
      }
      ann.clear();
    }
    assert.notEqual(ann.closeName, "receive-timeout");
    bench.finish();
  });

  it("a reply cache is bounded in bytes, and always keeps the newest", () => {
    const book = new RequestBook(64);
    const answer = (seq: number, bytes: number): void => {
      book.open(seq);
      book.close(seq, { kind: "payload", payload: new Uint8Array(bytes) });
    };
    const keptOf = (seq: number): number => {
      const reply = book.reply(seq);
      return reply.kind === "payload" ? reply.payload.length : 0;
    };
    for (let seq = 1; seq <= 10; seq++) answer(seq, 300_000);
    assert.deepEqual([1, 7, 8, 10].map(keptOf), [0, 0, 300_000, 300_000]);
    answer(11, 5_000_000);
    assert.deepEqual([10, 11].map(keptOf), [0, 5_000_000]);
  });

  it("the system clock takes a timer that is overdue, without a warning of Node's", async () => {
    const warnings: string[] = [];
    const listen = ({ name }: Error): unknown => warnings.push(name);
    process.on("warning", listen);
    await new Promise<void>((resolve) => void createSystemClock().setTimer(resolve, -5));
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("warning", listen);
    assert.deepEqual(warnings, []);
  });

  it("the system clock does not fire a timer of a month at once", async () => {
    let fired = false;
    const timer = createSystemClock().setTimer(() => (fired = true), 30 * 86_400_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    timer.cancel();
    assert.equal(fired, false);
  });
});
