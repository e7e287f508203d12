import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import {
  encodeEventBody,
  encodeServerMessage,
  writeServerMessage,
} from "../../shared/codec/server-frame.ts";
import {
  ServerFrameSchema,
  StateSchema,
  type Event,
  type ServerMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { anyBytes, mutated, payload, safeInt, sessionId, text, uint32 } from "./arbitraries.ts";
import { concat, hex, recordServerFrame } from "./recorder.ts";
import { hasUsualWireTypes } from "./wire-types.ts";

const event = fc.record(
  { cursor: safeInt, kind: uint32, payload, sender: text, timeMs: safeInt },
  { noNullPrototype: true },
);
const message = fc.record(
  { sessionId, inputAck: safeInt, skippedTo: safeInt, event },
  { noNullPrototype: true },
);
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

function written(messages: readonly Message[]): Uint8Array {
  const writer = new WireWriter(8);
  const scratch = new WireWriter(8);
  for (const { sessionId, inputAck, skippedTo, event } of messages) {
    const body = encodeEventBody(scratch, event);
    writeServerMessage(writer, { sessionId, inputAck, skippedTo }, body);
  }
  return writer.copy();
}

function generated(messages: readonly Message[]): Uint8Array {
  const wire = messages.map(({ sessionId, inputAck, skippedTo, event }) => ({
    sessionId,
    inputAck: BigInt(inputAck),
    skippedTo: BigInt(skippedTo),
    body: {
      case: "event" as const,
      value: { ...event, cursor: BigInt(event.cursor), timeMs: BigInt(event.timeMs) },
    },
  }));
  return toBinary(ServerFrameSchema, create(ServerFrameSchema, { messages: wire }));
}

function asRecord({ sessionId, inputAck, skippedTo, event }: Message) {
  return { type: "event", header: { sessionId, inputAck, skippedTo }, event };
}

/** What the generated code reads; undefined when it refuses, being stricter about tags, or reads wrong wire types. */
function generatedRead(frame: Uint8Array) {
  if (!hasUsualWireTypes(frame, ServerFrameSchema)) return undefined;
  try {
    return fromBinary(ServerFrameSchema, frame).messages;
  } catch {
    return undefined;
  }
}

suite("server frames", () => {
  test("an event is written byte for byte as this", () => {
    const one = {
      sessionId: "1",
      inputAck: 5,
      skippedTo: 7,
      event: { cursor: 8, kind: 1, payload: hex("0801"), sender: "ann", timeMs: 1_000 },
    };
    assert.deepEqual(
      written([one]),
      hex("0a 19 0a0131 1005 1807 32 10 0808 1001 1a020801 2203616e6e 28e807"),
    );
  });

  test("a header without a body is written byte for byte as this", () => {
    const writer = new WireWriter(1);
    writeServerMessage(writer, { sessionId: "ab", inputAck: 3, skippedTo: 0 }, new Uint8Array(0));
    assert.deepEqual(writer.copy(), hex("0a 06 0a026162 1003"));
    assert.deepEqual(recordServerFrame(writer.copy()).records, [
      { type: "header", header: { sessionId: "ab", inputAck: 3, skippedTo: 0 } },
    ]);
  });

  test("any events are written as the generated code writes them", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
        assert.deepEqual(written(messages), generated(messages));
      }),
      { numRuns: 500 },
    );
  });

  test("what the generated code writes is read as it was", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
        const { records, error } = recordServerFrame(generated(messages));
        assert.equal(error, undefined);
        assert.deepEqual(records, messages.map(asRecord));
      }),
      { numRuns: 500 },
    );
  });

  test("FR-1: the bytes of two frames put together are a frame", () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(message), (first, second) => {
        const joined = concat(written(first), written(second));
        assert.deepEqual(recordServerFrame(joined).records, [...first, ...second].map(asRecord));
      }),
    );
  });

  test("an event whose fields come in another order is the same event", () => {
    const usual = recordServerFrame(hex("0a 0d 0a0131 1005 32 06 0808 1001 2801")).records;
    for (const frame of [
      "0a 0d 32 06 0808 1001 2801 0a0131 1005",
      "0a 0d 1005 0a0131 32 06 0808 1001 2801",
      "0a 0d 0a0131 1005 32 06 2801 1001 0808",
    ])
      assert.deepEqual(recordServerFrame(hex(frame)).records, usual, frame);
  });

  test("of a field given twice the last counts, and bodies given twice are merged", () => {
    const [twice] = recordServerFrame(hex("0a 0c 1001 1002 1803 1804 32 02 0809")).records;
    assert.deepEqual(twice?.header, { sessionId: "", inputAck: 2, skippedTo: 4 });
    const [merged] = recordServerFrame(hex("0a 08 32 02 0803 32 02 1007")).records;
    assert.equal(merged?.type === "event" && merged.event.cursor, 3);
    assert.equal(merged?.type === "event" && merged.event.kind, 7);
  });

  test("FR-3: unknown fields are passed over wherever they stand", () => {
    const known = recordServerFrame(hex("0a 09 0a0131 32 04 0808 1001")).records;
    for (const frame of [
      "f80105 0a 09 0a0131 32 04 0808 1001 fa0102abcd",
      "0a 0c 0a0131 f80105 32 04 0808 1001",
      "0a 0f 0a0131 32 04 0808 1001 fd0101020304",
      "0a 13 0a0131 32 0e 0808 f9010102030405060708 1001",
    ])
      assert.deepEqual(recordServerFrame(hex(frame)).records, known, frame);
  });

  test("a state is handed on as its own bytes, in whatever order its header comes", () => {
    const state = { tick: 9n, baseTick: 4n, tables: [{ table: 1, removed: [2, 3] }] };
    const bytes = toBinary(StateSchema, create(StateSchema, state));
    const frame = encodeServerMessage({
      sessionId: "1",
      inputAck: 2n,
      body: { case: "state", value: state },
    });
    const usual = {
      type: "state",
      header: { sessionId: "1", inputAck: 2, skippedTo: 0 },
      state: bytes,
    };
    assert.deepEqual(recordServerFrame(frame).records, [usual]);
    const body = concat(hex("3a"), Uint8Array.of(bytes.length), bytes);
    const backwards = concat(Uint8Array.of(0x0a, body.length + 5), body, hex("1002 0a0131"));
    assert.deepEqual(recordServerFrame(backwards).records, [usual]);
  });

  test("every other body is read by the generated code, with its header", () => {
    const frame = encodeServerMessage({
      sessionId: "a",
      inputAck: 4n,
      skippedTo: 6n,
      body: { case: "gap", value: { from: 3n, to: 5n, reason: 1, epoch: "e" } },
    });
    const [record] = recordServerFrame(frame).records;
    assert.equal(record?.type, "message");
    assert.deepEqual(record.header, { sessionId: "a", inputAck: 4, skippedTo: 6 });
    assert.deepEqual(record.body, fromBinary(ServerFrameSchema, frame).messages[0]?.body);
  });

  test("messages before a broken one are delivered", () => {
    const { records, error } = recordServerFrame(hex("0a 04 3202 0801 0a 05 0a0131"));
    assert.equal(records.length, 1);
    assert.equal(error?.code, "malformed-frame");
  });

  test("FR-3: any bytes are decoded or refused as malformed-frame, and give no more than they hold", () => {
    const bytes = fc.oneof(anyBytes, mutated(fc.array(message, { maxLength: 4 }).map(written)));
    fc.assert(
      fc.property(bytes, (frame) => {
        const { records, error } = recordServerFrame(frame);
        if (error !== undefined) assert.equal(error.code, "malformed-frame");
        assert.ok(records.length * 2 <= frame.length);
        let held = 0;
        for (const record of records) {
          if (record.type === "event") held += record.event.payload.length;
          // A State in an unusual order of fields is written anew, which may spell out a few bytes.
          if (record.type === "state") held += record.state.length / 2;
        }
        assert.ok(held <= frame.length);
      }),
      { numRuns: 3_000 },
    );
  });

  test("what the hand-written decoder takes, the generated one reads the same", () => {
    const bytes = mutated(fc.array(message, { maxLength: 4 }).map(written));
    fc.assert(
      fc.property(bytes, (frame) => {
        const { records, error } = recordServerFrame(frame);
        if (error !== undefined || records.some(({ type }) => type === "state")) return;
        const messages = generatedRead(frame);
        if (messages === undefined) return;
        assert.equal(records.length, messages.length);
        for (const [index, record] of records.entries()) {
          const other: ServerMessage | undefined = messages[index];
          assert.equal(record.header.sessionId, other?.sessionId);
          assert.equal(BigInt(record.header.inputAck), other?.inputAck);
          assert.equal(BigInt(record.header.skippedTo), other?.skippedTo);
          if (record.type !== "event") continue;
          assert.equal(other?.body.case, "event");
          const { cursor, kind, sender, timeMs, payload }: Event = other.body.value;
          assert.equal(BigInt(record.event.cursor), cursor);
          assert.equal(record.event.kind, kind);
          assert.equal(record.event.sender, sender);
          assert.equal(BigInt(record.event.timeMs), timeMs);
          assert.deepEqual(Buffer.from(record.event.payload), Buffer.from(payload));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
