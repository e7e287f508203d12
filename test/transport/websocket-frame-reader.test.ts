import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  WebSocketFrameReader,
  type WebSocketBounds,
} from "../../server/transport/websocket/frame-reader.ts";
import { readStream } from "./ws-receiver.ts";
import { opcode, rawClose, rawFrame } from "./raw-websocket.ts";

const bounds: WebSocketBounds = { frameBytesMax: 300, fragmentsMax: 3, chunksMax: 8 };
const seed = 20_261_120;
const { binary, continuation, ping, pong, text } = opcode;

/** A frame as nobody would write it by accident: any first byte, any mask, any way to write the length. */
interface OddFrame {
  readonly first: number;
  readonly mask: readonly number[];
  readonly lengthBytes: 0 | 2 | 8;
  readonly payload: Uint8Array;
}

function oddFrame({ first, mask, lengthBytes, payload }: OddFrame): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(payload.length));
  const isLong = lengthBytes > 0 || payload.length > 125;
  const bytes = isLong ? lengthBytes || 2 : 0;
  const short = bytes === 0 ? payload.length : bytes === 2 ? 126 : 127;
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const second = (mask.length === 4 ? 0x80 : 0) | short;
  return Buffer.from([first, second, ...length.subarray(8 - bytes), ...mask, ...masked]);
}

const frames = (first: fc.Arbitrary<number>, payloadMax: number): fc.Arbitrary<Buffer> =>
  fc
    .record({
      first,
      mask: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [...bytes]),
      lengthBytes: fc.constantFrom(0, 0, 0, 2, 8),
      payload: fc.uint8Array({ maxLength: payloadMax, size: "max" }),
    })
    .map((frame) => oddFrame(frame as OddFrame));
const message = frames(fc.constant(0x82), 70);
const control = frames(fc.constantFrom(0x89, 0x8a), 20);
const fragments = fc
  .tuple(
    frames(fc.constant(0x02), 60),
    fc.array(fc.oneof(frames(fc.constant(0x00), 60), control), { maxLength: 2 }),
    frames(fc.constant(0x80), 60),
  )
  .map(([first, between, last]) => Buffer.concat([first, ...between, last]));
const strange = fc.oneof(
  frames(fc.nat(255), 320),
  frames(fc.constantFrom(0x02, 0x00, 0x80, 0x82), 320),
  frames(fc.constantFrom(0x81, 0x88), 20),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(rawFrame({ opcode: binary, payload: "x", masked: false })),
  fc.constant(rawClose(4500, "bye")),
);
const sent = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: message },
    { weight: 3, arbitrary: control },
    { weight: 3, arbitrary: fragments },
    { weight: 1, arbitrary: strange },
  ),
  { maxLength: 20, size: "max" },
);
/** A chunk for every so many frames, or chunks of these sizes. */
const cuts = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }) },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 30 }),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 10 }),
  },
);

function cut(pieces: readonly Buffer[], where: number | readonly number[]): Buffer[] {
  const isByFrames = typeof where === "number";
  const bytes = Buffer.concat(pieces);
  const chunks: Buffer[] = [];
  for (let at = 0, frame = 0; at < bytes.length;) {
    const size = isByFrames
      ? Buffer.concat(pieces.slice(frame, (frame += where))).length
      : (where[chunks.length % where.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

suite("the reader in front of ws", () => {
  test(`WS-1, WS-5: with it everything comes as from ws alone, however it is cut, seed ${seed}`, async () => {
    let read = 0;
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(sent, cuts, async (pieces, where) => {
        const chunks = cut(pieces, where);
        const alone = await readStream(chunks, bounds);
        const both = await readStream(chunks, bounds, new WebSocketFrameReader(bounds));
        assert.deepEqual(both.events, alone.events);
        // Nor does it matter whether it is read in one turn (rule FL-3).
        const slow = await readStream(chunks, bounds, new WebSocketFrameReader(bounds), 9);
        assert.deepEqual(slow.events, alone.events);
        read += both.fates.filter((fate) => fate === "read").length;
        passed += both.fates.filter((fate) => fate === "pass").length;
      }),
      { seed, numRuns: 1_500 },
    );
    assert.ok(read > 500 && passed > 500, `${read} chunks were read, ${passed} passed`);
  });

  test("WS-1: cut at any two places, the sequence is the same", async () => {
    const pieces = [
      rawFrame({ opcode: binary, payload: "one" }),
      rawFrame({ opcode: binary }),
      rawFrame({ opcode: ping, payload: "?" }),
      rawFrame({ opcode: binary, payload: "fr", fin: false }),
      rawFrame({ opcode: pong }),
      rawFrame({ opcode: continuation, payload: "ag" }),
      oddFrame({ first: 0x82, mask: [9, 8, 7, 6], lengthBytes: 8, payload: Uint8Array.of(1, 2) }),
      rawFrame({ opcode: binary, payload: "x".repeat(130) }),
      rawFrame({ opcode: binary, payload: "last" }),
    ];
    const bytes = Buffer.concat(pieces);
    const { events } = await readStream([bytes], bounds);
    assert.equal(events.length, 8);
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second += 1 + (first % 5)) {
        const chunks = [
          bytes.subarray(0, first),
          bytes.subarray(first, second),
          bytes.subarray(second),
        ];
        const both = await readStream(chunks, bounds, new WebSocketFrameReader(bounds));
        assert.deepEqual(both.events, events, `cut at ${first} and ${second}`);
      }
    }
  });

  const one = rawFrame({ opcode: binary, payload: "one" });
  const two = rawFrame({ opcode: binary, payload: "two" });
  const all = Buffer.concat([one, two]);
  const part = rawFrame({ opcode: binary, payload: "part", fin: false });
  const rest = rawFrame({ opcode: continuation, payload: "rest", fin: false });
  const last = rawFrame({ opcode: continuation, payload: "last" });
  const large = rawFrame({ opcode: binary, payload: "x".repeat(301) });
  const words = rawFrame({ opcode: text, payload: "words" });
  const bare = (payload: string) => rawFrame({ opcode: binary, payload, masked: false });
  /** Its payload is a message as it stands, and so is all of it but the first byte. */
  const nested = oddFrame({ first: 0x82, mask: [0, 0, 0, 0], lengthBytes: 0, payload: one });
  const shifted = oddFrame({
    first: 0x82,
    mask: [0x81, 1, 2, 3],
    lengthBytes: 0,
    payload: Uint8Array.of(4, 5),
  });
  const pings = Array.from({ length: 9 }, () => rawFrame({ opcode: ping }));
  const fates: readonly [string, readonly Uint8Array[], readonly string[]][] = [
    ["whole messages", [one, all], ["read", "read"]],
    [
      "a message in two chunks",
      [one.subarray(0, 7), one.subarray(7), two],
      ["pass", "pass", "read"],
    ],
    ["a cut header", [one.subarray(0, 1), one.subarray(1), two], ["pass", "pass", "read"]],
    [
      "a part behind a whole",
      [all.subarray(0, 12), all.subarray(12), two],
      ["pass", "pass", "read"],
    ],
    ["a ping", [rawFrame({ opcode: ping }), one], ["pass", "read"]],
    ["a ping behind a message", [Buffer.concat([one, rawFrame({ opcode: ping })])], ["pass"]],
    ["fragments", [part, rest, last, one], ["pass", "pass", "pass", "read"]],
    ["a message among fragments", [part, one], ["pass", "leave"]],
    ["too many fragments", [part, part], ["pass", "leave"]],
    ["too large a message", [one, large, one], ["read", "leave", "leave"]],
    ["text", [words, one], ["leave", "leave"]],
    ["no mask", [bare("open"), one], ["leave", "leave"]],
    [
      "no mask, and just as many bytes more",
      [Buffer.concat([bare("open"), bare("ed")])],
      ["leave"],
    ],
    ["a length that is too large before its mask", [large.subarray(0, 4)], ["leave"]],
    ["a payload like a message", [nested.subarray(0, 6), nested.subarray(6)], ["pass", "pass"]],
    [
      "a cut header like a message",
      [shifted.subarray(0, 1), shifted.subarray(1)],
      ["pass", "pass"],
    ],
    ["any number of pings", [...pings, one], [...pings.map(() => "pass"), "read"]],
    ["a close", [one, rawClose(4500), one], ["read", "leave"]],
    [
      "too many pieces",
      [...rawFrame({ opcode: binary, payload: "long enough" })].map((byte) => Uint8Array.of(byte)),
      [...Array.from({ length: 8 }, () => "pass"), ...Array.from({ length: 9 }, () => "leave")],
    ],
  ];
  for (const [what, chunks, expected] of fates) {
    test(`${what}: ${[...new Set(expected)].join(", then ")}`, async () => {
      const both = await readStream(chunks, bounds, new WebSocketFrameReader(bounds));
      assert.deepEqual(both.fates, expected);
    });
  }

  test("it never leaves for messages that do not end where chunks do", async () => {
    const bytes = Buffer.concat(Array.from({ length: 99 }, () => [part, rest, last, one]).flat());
    const chunks = cut([bytes], [17]);
    const both = await readStream([...chunks, one], bounds, new WebSocketFrameReader(bounds));
    assert.equal(both.events.length, 199);
    assert.deepEqual([...new Set(both.fates)], ["pass", "read"]);
  });

  test("a frame is a view of its chunk, unmasked there", () => {
    const frame = rawFrame({ opcode: binary, payload: "seen" });
    let seen: Uint8Array | undefined;
    const fate = new WebSocketFrameReader(bounds).read(frame, {
      takeMessage: (bytes) => (seen = bytes),
      spend: () => false,
      putOff: () => assert.fail("nothing is put off"),
    });
    assert.equal(fate, "read");
    assert.equal(seen?.buffer, frame.buffer);
    assert.equal(frame.toString("latin1", frame.length - 4), "seen");
  });
});
