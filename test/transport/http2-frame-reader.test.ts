import assert from "node:assert/strict";
import { test } from "node:test";
import { Http2FrameReader } from "../../server/transport/http2/frame-reader.ts";
import { flag, frameType, http2Frame, preface } from "./raw-http2.ts";

const directStream = 5;
const padded = 8;

/** Reads chunks, and tells what became of them. `told`: what node:http2 is told of each window update. */
function readAll(
  chunks: readonly Uint8Array[],
  told = (increment: number): number => increment,
  unitsPerTurn = Infinity,
) {
  const node: Uint8Array[] = [];
  const direct: Uint8Array[] = [];
  const facts: string[] = [];
  let units = 0;
  const reader = new Http2FrameReader({
    spend: (more) => (units += more) >= unitsPerTurn,
    knows: (stream) => stream === directStream,
    readerOf: (stream) =>
      stream === directStream ? { onPayload: (payload) => void direct.push(payload) } : undefined,
    onWindowUpdate(stream, increment) {
      facts.push(`window ${stream} ${increment}`);
      return told(increment);
    },
    onInitialWindow: (bytes) => facts.push(`initial ${bytes}`),
    onNodeFrame(type, flags, stream, bytes) {
      facts.push(`node ${type} ${flags} ${stream} ${bytes}`);
      return undefined;
    },
    onNodeBytes: (bytes) => node.push(bytes),
  });
  let turns = 0;
  for (const chunk of chunks) {
    reader.read(chunk);
    while (units >= unitsPerTurn) {
      units = 0;
      turns++;
      reader.goOn();
    }
  }
  return { node: Buffer.concat(node), direct: Buffer.concat(direct), facts, turns };
}

/** Three settings, of which the second is the initial window. */
const settings = http2Frame(
  frameType.settings,
  0,
  0,
  Buffer.from([0, 3, 0, 0, 0, 9, 0, 4, 0, 1, 0, 2, 0, 5, 0, 0, 0x40, 0]),
);
const headers = http2Frame(frameType.headers, flag.endHeaders, 1, Buffer.from("any headers"));
const others = http2Frame(frameType.data, 0, 1, Buffer.from("another stream"));
const ours = http2Frame(frameType.data, 0, directStream, Buffer.from("of the direct stream"));
const more = http2Frame(frameType.data, 0, directStream, Buffer.from(", and more"));
const end = http2Frame(frameType.data, flag.endStream, directStream, Buffer.from("end"));
const windowOf = (stream: number, increment: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return http2Frame(frameType.windowUpdate, 0, stream, payload);
};

test("plain DATA of a direct stream is taken out, wherever the bytes are cut", () => {
  const all = [preface, settings, headers, ours, others, more, windowOf(0, 7), ours, end];
  const bytes = Buffer.concat(all);
  const node = Buffer.concat([preface, settings, headers, others, windowOf(0, 7), end]);
  const facts = ["initial 65538", "node 1 4 1 11", "node 0 0 1 14", "window 0 7", "node 0 1 5 3"];
  for (let first = 0; first <= bytes.length; first++) {
    for (const second of [first, first + 1, first + 9, bytes.length]) {
      const cuts = [
        bytes.subarray(0, first),
        bytes.subarray(first, second),
        bytes.subarray(second),
      ];
      const read = readAll(cuts.map((piece) => Buffer.from(piece)));
      assert.deepEqual(read.node, node);
      assert.equal(read.direct.toString(), "of the direct stream, and moreof the direct stream");
      assert.deepEqual(read.facts, facts);
    }
  }
});

test("byte by byte as well", () => {
  const bytes = Buffer.concat([preface, settings, ours, windowOf(directStream, 9), others]);
  const read = readAll(
    Array.from(bytes, (byte) => Uint8Array.of(byte)),
    () => 0,
  );
  assert.deepEqual(read.node, Buffer.concat([preface, settings, others]));
  assert.equal(read.direct.toString(), "of the direct stream");
});

test("RFC 9113, 6.1: padding is taken off, wherever the bytes are cut", () => {
  const frame = http2Frame(
    frameType.data,
    padded,
    directStream,
    Buffer.from([2, ...Buffer.from("kept"), 0, 0]),
  );
  const bytes = Buffer.concat([preface, ours, frame, ours]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const read = readAll([Buffer.from(bytes.subarray(0, cut)), Buffer.from(bytes.subarray(cut))]);
    assert.equal(read.direct.toString(), "of the direct streamkeptof the direct stream");
    assert.deepEqual(read.node, preface);
  }
});

test("RFC 9113, 6.8: a client can name no stream of ours in its goodbye, wherever the bytes are cut", () => {
  const goodbye = (newest: number) =>
    http2Frame(frameType.goaway, 0, 0, Buffer.from([0, 0, 0, newest, 0, 0, 0, 2, 7]));
  const bytes = Buffer.concat([preface, goodbye(5), ours]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const read = readAll([Buffer.from(bytes.subarray(0, cut)), Buffer.from(bytes.subarray(cut))]);
    assert.deepEqual(read.node, Buffer.concat([preface, goodbye(0)]));
    assert.equal(read.direct.toString(), "of the direct stream");
  }
});

test("an empty frame says nothing, and is passed over", () => {
  const empty = http2Frame(frameType.data, 0, directStream, Buffer.alloc(0));
  const read = readAll([Buffer.concat([preface, empty, ours, empty])]);
  assert.deepEqual(read.node, preface);
  assert.equal(read.direct.toString(), "of the direct stream");
});

test("FL-3: what is read in several turns is read as in one", () => {
  const bytes = Buffer.concat([preface, settings, headers, ours, others, more, ours, end, headers]);
  const atOnce = readAll([Buffer.from(bytes)]);
  for (const unitsPerTurn of [1, 2, 5, 17]) {
    const read = readAll([Buffer.from(bytes)], undefined, unitsPerTurn);
    assert.ok(read.turns > 1);
    assert.deepEqual({ ...read, turns: 0 }, { ...atOnce, turns: 0 });
  }
});

test("a window update may be swallowed, or made smaller", () => {
  const bytes = Buffer.concat([preface, windowOf(0, 1_000), windowOf(directStream, 300), headers]);
  const less = readAll([bytes], (increment) => Math.max(0, increment - 400));
  assert.deepEqual(less.node, Buffer.concat([preface, windowOf(0, 600), headers]));
  assert.deepEqual(less.facts.slice(0, 2), ["window 0 1000", "window 5 300"]);
});

for (const [what, frame] of [
  ["an empty frame for no stream", http2Frame(frameType.data, 0, 99, Buffer.alloc(0))],
  [
    "more padding than there is room for",
    http2Frame(frameType.data, padded, directStream, Buffer.from([3, 7, 0])),
  ],
  ["the end of the stream", end],
  [
    "a frame larger than allowed",
    http2Frame(frameType.data, 0, directStream, Buffer.alloc(16_385)),
  ],
  ["an update of nothing", windowOf(directStream, 0)],
  ["an update of a wrong length", http2Frame(frameType.windowUpdate, 0, 0, Buffer.alloc(5))],
  ["settings of a wrong length", http2Frame(frameType.settings, 0, 0, Buffer.alloc(7))],
  ["an acknowledgement", http2Frame(frameType.settings, flag.ack, 0, Buffer.alloc(0))],
  [
    "a window beyond 31 bits",
    http2Frame(frameType.settings, 0, 0, Buffer.from([0, 4, 255, 0, 0, 0])),
  ],
] as const) {
  test(`${what} is for node:http2 to judge`, () => {
    const read = readAll([preface, Buffer.from(frame), ours]);
    assert.deepEqual(read.node, Buffer.concat([preface, frame]));
    assert.equal(read.direct.toString(), "of the direct stream");
    assert.ok(!read.facts.some((fact) => fact.startsWith("initial")));
  });
}

test("DATA of a frame that is not whole is handed on as it comes", () => {
  const large = http2Frame(frameType.data, 0, directStream, Buffer.alloc(16_384, 1));
  const read = readAll([preface, large.subarray(0, 5_000)]);
  assert.equal(read.direct.length, 4_991);
  assert.equal(read.node.length, preface.length);
});
