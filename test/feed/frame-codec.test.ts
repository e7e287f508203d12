import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { NodeFrameWriter, readNodeFrame } from "../../server/feed/link/frame-codec.ts";
import type { NodeBody } from "../../server/feed/link/link-end.ts";
import { NodeFrameSchema } from "../../shared/gen/roomline/node/v1/node_pb.ts";

const small = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const large = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
const bytes = fc.uint8Array({ maxLength: 200 });
const failure = fc.record({ code: fc.string(), message: fc.string(), reason: fc.string() });

const input = fc.record({
  seat: small,
  seq: large,
  kind: small,
  payload: bytes,
  wantsReply: fc.boolean(),
});

const entry = fc.record(
  {
    cursor: large,
    body: bytes,
    afterTick: large,
    audience: fc.record({
      players: fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { maxLength: 4 }),
      except: fc.boolean(),
    }),
  },
  { requiredKeys: ["cursor", "body", "afterTick"] },
);

const answer = fc.record({
  seat: small,
  kind: fc.oneof(
    fc.record({
      case: fc.constant("reply" as const),
      value: fc.record({ seq: large, payload: bytes }),
    }),
    fc.record({ case: fc.constant("error" as const), value: failure }),
    fc.record({
      case: fc.constant("ended" as const),
      value: fc.record({ code: small, detail: fc.string() }),
    }),
  ),
});

const commit = fc.record(
  {
    feed: small,
    number: large,
    first: large,
    entries: fc.array(entry, { maxLength: 4 }),
    ephemerals: fc.array(entry, { maxLength: 3 }),
    stateTick: large,
    patch: fc.record({ baseTick: large, tick: large, body: bytes }),
    acks: fc.array(large, { maxLength: 6 }),
    answers: fc.array(answer, { maxLength: 3 }),
  },
  {
    requiredKeys: [
      "feed",
      "number",
      "first",
      "entries",
      "ephemerals",
      "stateTick",
      "acks",
      "answers",
    ],
  },
);

const body: fc.Arbitrary<NodeBody> = fc.oneof(
  fc.record({
    case: fc.constant("inputs" as const),
    value: fc.record({ feed: small, inputs: fc.array(input, { maxLength: 5 }) }),
  }),
  fc.record({ case: fc.constant("feedCommit" as const), value: commit }),
  fc.record({ case: fc.constant("closeFeed" as const), value: fc.record({ feed: small }) }),
  fc.record({ case: fc.constant("beat" as const), value: fc.constant({}) }),
);

void describe("frames of links", () => {
  const writer = new NodeFrameWriter();

  void it("are what the generated code reads, and writes", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), (bodies) => {
        const frame = create(NodeFrameSchema, { messages: bodies.map((one) => ({ body: one })) });
        const expected = frame.messages.map((message) => message.body);
        const written = writer.write(bodies, 3).subarray(3);
        assert.deepEqual(fromBinary(NodeFrameSchema, written), frame);
        assert.deepEqual([...readNodeFrame(written)], expected);
        assert.deepEqual([...readNodeFrame(toBinary(NodeFrameSchema, frame))], expected);
      }),
      { numRuns: 500 },
    );
  });

  void it("throw when they are cut off, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 3 }), fc.nat(), (bodies, at) => {
        const whole = writer.write(bodies, 0);
        const cut = whole.subarray(0, at % whole.length);
        try {
          const read = [...readNodeFrame(cut)];
          assert.ok(read.length <= bodies.length);
        } catch (thrown) {
          assert.ok(thrown instanceof Error);
        }
      }),
      { numRuns: 300 },
    );
  });
});
