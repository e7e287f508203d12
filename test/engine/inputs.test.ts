import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, inputMessage, textOf } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

describe("inputs", () => {
  it("IN-1, IN-2: inputs are applied once and in order, duplicates are acknowledged again", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(inputMessage("1", 1, "a"), inputMessage("1", 2, "b"));
    ann.send(inputMessage("1", 1, "a"), inputMessage("1", 2, "b"), inputMessage("1", 3, "c"));
    assert.deepEqual(ann.texts("1"), ["a", "b", "c"]);
    assert.equal(ann.messages.at(-1)?.inputAck, 3n);
    ann.clear();
    ann.input("1", 2, "b");
    assert.deepEqual(ann.kinds("1"), ["ack"]);
    assert.equal(ann.messages.at(-1)?.inputAck, 3n);
    bench.finish();
  });

  it("IN-1: an input out of order closes with protocol-error", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 2, "b");
    assert.equal(ann.closed?.reason, closeReasons.protocolError);
    bench.finish();
  });

  it("IN-4: exactly one reply, the same one for a duplicate; the handler runs once", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "hey", { kind: 2, wantsReply: true });
    ann.input("1", 1, "hey", { kind: 2, wantsReply: true });
    assert.deepEqual(
      ann.all("reply").map(({ payload }) => textOf(payload)),
      ["HEY", "HEY"],
    );
    assert.deepEqual(trace.calls, ["join ann", "shout hey"]);
    ann.input("1", 2, "no", { kind: 2, wantsReply: true });
    assert.equal(ann.last("reply").error?.code, ErrorCode.INVALID_ARGUMENT);
    bench.finish();
  });

  it("IN-3: one request more than may be open closes with protocol-error", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { tickRateHz: 1 }) },
      limits: { pendingRepliesMax: 2 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (const seq of [1, 2]) ann.input("1", seq, "x", { kind: 2, wantsReply: true });
    bench.clock.advance(1_000);
    for (const seq of [3, 4]) ann.input("1", seq, "x", { kind: 2, wantsReply: true });
    assert.equal(ann.closeName, "", "two were answered, two are open");
    ann.input("1", 5, "x", { kind: 2, wantsReply: true });
    assert.equal(ann.closeName, "protocol-error");
    bench.finish();
  });

  it("IN-4: a duplicate whose reply is no longer kept is told so", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { pendingRepliesMax: 1 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (const seq of [1, 2, 3]) ann.input("1", seq, `t${seq}`, { kind: 2, wantsReply: true });
    ann.clear();
    ann.input("1", 3, "t3", { kind: 2, wantsReply: true });
    ann.input("1", 1, "t1", { kind: 2, wantsReply: true });
    const [kept, forgotten] = ann.all("reply");
    assert.equal(kept && textOf(kept.payload), "T3");
    assert.match(forgotten?.error?.message ?? "", /no longer kept/);
    bench.finish();
  });

  it("IN-5: an ephemeral input is applied and never acknowledged", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 0, "psst", { kind: 3 });
    assert.deepEqual(ann.texts("1"), ["psst"]);
    assert.equal(ann.last("event").cursor, 0n);
    assert.ok(ann.messages.every(({ inputAck }) => inputAck === 0n));
    bench.finish();
  });

  it("IN-6: unknown kinds, bad payloads and unknown sessions are answered by name", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "x", { kind: 99 });
    assert.equal(ann.last("error").code, ErrorCode.UNKNOWN_KIND);
    assert.equal(ann.last("error").inputSeq, 1n);
    ann.send({
      sessionId: "1",
      body: { case: "input", value: { seq: 2n, kind: 1, payload: new Uint8Array([1, 2]) } },
    });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_PAYLOAD);
    assert.equal(ann.messages.at(-1)?.inputAck ?? 0n, 2n, "a refused input counts as applied");
    ann.input("9", 1, "x");
    assert.equal(ann.last("error").code, ErrorCode.UNKNOWN_SESSION);
    bench.finish();
  });

  it("IN-6: the Error of an input comes before its acknowledgement: what is refused is not taken for done", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (const [index, kind] of [5, 99].entries()) ann.input("1", index + 1, "boom", { kind });
    for (const seq of [1n, 2n]) {
      const told = ann.messages.findIndex(
        ({ body }) => body.case === "error" && body.value.inputSeq === seq,
      );
      const acked = ann.messages.findIndex(({ inputAck }) => inputAck >= seq);
      assert.ok(told >= 0 && told < acked, `input ${seq}: told at ${told}, acked at ${acked}`);
    }
    bench.finish();
  });

  it("TK-4: a handler that throws is contained; the player is told, other rooms do not notice", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "boom", { kind: 5 });
    assert.equal(ann.last("error").code, ErrorCode.INTERNAL);
    assert.doesNotMatch(
      ann.last("error").message,
      /boom/,
      "what went wrong inside is not the player's to know",
    );
    ann.input("1", 2, "still here");
    assert.deepEqual(ann.texts("1"), ["still here"]);
    assert.equal(bench.engine.counters.handlerErrors, 1);
    bench.finish();
  });

  it("TK-4: with errorPolicy close the room closes, and its players may rejoin", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { errorPolicy: "close" }) },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "boom", { kind: 5 });
    assert.equal(ann.last("left").code, closeReasons.roomFailed.code);
    assert.equal(ann.last("left").mayRejoin, true);
    bench.finish();
  });
});
