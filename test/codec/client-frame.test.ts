import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { encodeClientMessage, writeAck, writeInput } from "../../shared/codec/client-frame.ts";
import {
  ClientFrameSchema,
  ClientMessageSchema,
  type ClientMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { anyBytes, mutated, payload, safeInt, sessionId, uint32 } from "./arbitraries.ts";
import { concat, hex, recordClientFrame } from "./recorder.ts";
import { hasUsualWireTypes } from "./wire-types.ts";

const input = fc.record(
  { sessionId, ackCursor: safeInt, seq: safeInt, kind: uint32, payload, wantsReply: fc.boolean() },
  { noNullPrototype: true },
);
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

function written(inputs: readonly Input[]): Uint8Array {
  const writer = new WireWriter(8);
  for (const one of inputs) writeInput(writer, one);
  return writer.copy();
}

function generated(inputs: readonly Input[]): Uint8Array {
  const messages = inputs.map(({ sessionId, ackCursor, seq, kind, payload, wantsReply }) => ({
    sessionId,
    ackCursor: BigInt(ackCursor),
    body: { case: "input" as const, value: { seq: BigInt(seq), kind, payload, wantsReply } },
  }));
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages }));
}

/** What the generated code reads; undefined when it refuses, being stricter about tags, or reads wrong wire types. */
function generatedRead(frame: Uint8Array) {
  if (!hasUsualWireTypes(frame, ClientFrameSchema)) return undefined;
  try {
    return fromBinary(ClientFrameSchema, frame).messages;
  } catch {
    return undefined;
  }
}

suite("client frames", () => {
  test("an input is written byte for byte as this", () => {
    const one = {
      sessionId: "1",
      ackCursor: 8,
      seq: 300,
      kind: 2,
      payload: hex("ff00"),
      wantsReply: true,
    };
    assert.deepEqual(written([one]), hex("0a 12 0a0131 1008 32 0b 08ac02 1002 1a02ff00 2001"));
  });

  test("an ephemeral input without anything is still an input", () => {
    const one = {
      sessionId: "",
      ackCursor: 0,
      seq: 0,
      kind: 0,
      payload: hex(""),
      wantsReply: false,
    };
    assert.deepEqual(written([one]), hex("0a 02 3200"));
    assert.deepEqual(recordClientFrame(hex("0a 02 3200")).records, [{ type: "input", input: one }]);
  });

  test("an acknowledgement is written byte for byte as this", () => {
    const writer = new WireWriter(1);
    writeAck(writer, "ab", 150);
    assert.deepEqual(writer.copy(), hex("0a 07 0a026162 109601"));
  });

  test("FR-2: an acknowledgement of nothing is an empty message", () => {
    const writer = new WireWriter(1);
    writeAck(writer, "", 0);
    assert.deepEqual(writer.copy(), hex("0a00"));
    assert.deepEqual(recordClientFrame(hex("0a00")).records, [
      { type: "ack", sessionId: "", ackCursor: 0 },
    ]);
  });

  test("any inputs are written as the generated code writes them", () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 5 }), (inputs) => {
        assert.deepEqual(written(inputs), generated(inputs));
      }),
      { numRuns: 500 },
    );
  });

  test("any acknowledgement is written as the generated code writes it", () => {
    fc.assert(
      fc.property(sessionId, safeInt, (id, cursor) => {
        const writer = new WireWriter(1);
        writeAck(writer, id, cursor);
        assert.deepEqual(
          writer.copy(),
          encodeClientMessage({ sessionId: id, ackCursor: BigInt(cursor) }),
        );
      }),
    );
  });

  test("what the generated code writes is read as it was", () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 5 }), (inputs) => {
        const { records, error } = recordClientFrame(generated(inputs));
        assert.equal(error, undefined);
        assert.deepEqual(
          records,
          inputs.map((one) => ({ type: "input", input: one })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("any heartbeat is read as the generated code reads it, from its first byte or behind other fields", () => {
    const ms = fc.double({ noNaN: true, min: 0 });
    fc.assert(
      fc.property(ms, ms, fc.constantFrom("", "1"), (timeMs, echoMs, id) => {
        const body = { case: "heartbeat" as const, value: { timeMs, echoMs } };
        const frame = encodeClientMessage({ sessionId: id, body });
        assert.deepEqual(recordClientFrame(frame), {
          records: [{ type: "message", message: create(ClientMessageSchema, { body }) }],
          error: undefined,
        });
      }),
    );
  });

  test("a heartbeat with fields that nobody knows, or in another order, is a heartbeat", () => {
    const [time, echo] = ["09 000000000000f03f", "11 0000000000000040"];
    const body = { case: "heartbeat" as const, value: { timeMs: 1, echoMs: 2 } };
    const records = [{ type: "message", message: create(ClientMessageSchema, { body }) }];
    for (const frame of [
      `0a 14 42 12 ${time} ${echo}`,
      `0a 14 42 12 ${echo} ${time}`,
      `0a 1d 42 1b ${echo} ${echo} ${time}`,
    ])
      assert.deepEqual(recordClientFrame(hex(frame)), { records, error: undefined }, frame);
    const unknown = recordClientFrame(hex(`0a 16 42 14 ${time} ${echo} 1801`));
    assert.deepEqual([unknown.records.length, unknown.error], [1, undefined]);
    assert.equal(recordClientFrame(hex("0a 05 42 03 09 0000")).error?.code, "malformed-frame");
  });

  test("FR-1: the bytes of two frames put together are a frame", () => {
    fc.assert(
      fc.property(fc.array(input), fc.array(input), (first, second) => {
        const joined = concat(written(first), written(second));
        assert.deepEqual(recordClientFrame(joined).records, [
          ...recordClientFrame(written(first)).records,
          ...recordClientFrame(written(second)).records,
        ]);
      }),
    );
  });

  test("an input whose fields come in another order is the same input", () => {
    const usual = recordClientFrame(hex("0a 0d 0a0131 1008 32 06 0801 1002 2001")).records;
    // Session id behind the body; then the fields of the body backwards; then the acknowledgement first.
    for (const frame of [
      "0a 0d 1008 32 06 0801 1002 2001 0a0131",
      "0a 0d 0a0131 1008 32 06 2001 1002 0801",
      "0a 0d 1008 0a0131 32 06 0801 1002 2001",
    ])
      assert.deepEqual(recordClientFrame(hex(frame)).records, usual, frame);
  });

  test("of a field given twice the last counts, and bodies given twice are merged", () => {
    const [twice] = recordClientFrame(hex("0a 10 0a0131 0a0132 1001 1002 32 04 0801 0805")).records;
    assert.equal(twice?.type === "input" && twice.input.sessionId, "2");
    assert.equal(twice?.type === "input" && twice.input.ackCursor, 2);
    assert.equal(twice?.type === "input" && twice.input.seq, 5);
    const [merged] = recordClientFrame(hex("0a 08 32 02 0803 32 02 1007")).records;
    assert.equal(merged?.type === "input" && merged.input.seq, 3);
    assert.equal(merged?.type === "input" && merged.input.kind, 7);
  });

  test("FR-3: unknown fields are passed over wherever they stand", () => {
    const known = recordClientFrame(hex("0a 09 0a0131 32 04 0801 1002")).records;
    // Field 31 (tags f801 varint, fa01 bytes, fd01 fixed32, f901 fixed64) in the frame, the message, the body.
    for (const frame of [
      "f80105 0a 09 0a0131 32 04 0801 1002 fa0102abcd",
      "0a 0c 0a0131 f80105 32 04 0801 1002",
      "0a 0f 0a0131 32 04 0801 1002 fd0101020304",
      "0a 13 0a0131 32 0e 0801 f9010102030405060708 1002",
    ])
      assert.deepEqual(recordClientFrame(hex(frame)).records, known, frame);
  });

  test("every other body is read by the generated code, with its header", () => {
    const frame = encodeClientMessage({
      sessionId: "a",
      ackCursor: 9n,
      body: { case: "join", value: { roomType: "arena" } },
    });
    const [record] = recordClientFrame(frame).records;
    assert.equal(record?.type, "message");
    assert.deepEqual(record.message, fromBinary(ClientFrameSchema, frame).messages[0]);
  });

  test("a known field with another wire type is passed over like an unknown one", () => {
    const { records, error } = recordClientFrame(hex("0805 0a 06 3202 0801 5807"));
    assert.equal(error, undefined);
    assert.equal(records.length, 1);
  });

  test("messages before a broken one are delivered", () => {
    const { records, error } = recordClientFrame(hex("0a 04 3202 0801 0a 05 0a0131"));
    assert.equal(records.length, 1);
    assert.equal(error?.code, "malformed-frame");
  });

  test("numbers of more than 53 bits are malformed, not rounded", () => {
    for (const frame of [
      "0a 0b 10ffffffffffffffffff01",
      "0a 0c 32 0a 08ffffffffffffffff7f",
      "0a 09 108080808080808010",
    ])
      assert.equal(recordClientFrame(hex(frame)).error?.code, "malformed-frame", frame);
  });

  test("FR-3: any bytes are decoded or refused as malformed-frame, and give no more than they hold", () => {
    const bytes = fc.oneof(anyBytes, mutated(fc.array(input, { maxLength: 4 }).map(written)));
    fc.assert(
      fc.property(bytes, (frame) => {
        const { records, error } = recordClientFrame(frame);
        if (error !== undefined) assert.equal(error.code, "malformed-frame");
        assert.ok(records.length * 2 <= frame.length);
        let held = 0;
        for (const record of records)
          if (record.type === "input") held += record.input.payload.length;
        assert.ok(held <= frame.length);
      }),
      { numRuns: 3_000 },
    );
  });

  test("what the hand-written decoder takes, the generated one reads the same", () => {
    const bytes = mutated(fc.array(input, { maxLength: 4 }).map(written));
    fc.assert(
      fc.property(bytes, (frame) => {
        const { records, error } = recordClientFrame(frame);
        if (error !== undefined) return;
        const messages = generatedRead(frame);
        if (messages === undefined) return;
        assert.equal(records.length, messages.length);
        for (const [index, record] of records.entries()) {
          const message: ClientMessage | undefined = messages[index];
          if (record.type === "message") continue;
          if (record.type === "ack") {
            assert.equal(message?.body.case, undefined);
            assert.equal(BigInt(record.ackCursor), message?.ackCursor);
            continue;
          }
          assert.equal(message?.body.case, "input");
          assert.equal(BigInt(record.input.seq), message.body.value.seq);
          assert.equal(record.input.kind, message.body.value.kind);
          assert.equal(record.input.sessionId, message.sessionId);
          assert.deepEqual(
            Buffer.from(record.input.payload),
            Buffer.from(message.body.value.payload),
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
