import assert from "node:assert/strict";
import { test } from "node:test";
import { writeGrpcPrefix } from "../../server/transport/grpc/frame.ts";
import { GrpcFrameReader, type FramingFault } from "../../server/transport/grpc/frame-reader.ts";

function readAll(
  chunks: readonly Uint8Array[],
  frameBytesMax = 100,
): { frames: string[]; fault: FramingFault | undefined; midFrame: boolean } {
  const reader = new GrpcFrameReader(frameBytesMax);
  const frames: string[] = [];
  let fault: FramingFault | undefined;
  for (const chunk of chunks) {
    fault = reader.read(chunk, (frame) => frames.push(Buffer.from(frame).toString("latin1")));
    if (fault !== undefined) break;
  }
  return { frames, fault, midFrame: reader.midFrame };
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const threeFrames = bytes("\0\0\0\0\x02ab\0\0\0\0\0\0\0\0\0\x01c");

test("a prefix is a zero and the length, big-endian", () => {
  const buffer = new Uint8Array(5 + 0x010203);
  writeGrpcPrefix(buffer);
  assert.deepEqual([...buffer.subarray(0, 5)], [0, 0, 1, 2, 3]);
});

test("frames are cut out wherever the chunks are cut", () => {
  for (let first = 0; first <= threeFrames.length; first++) {
    for (let second = first; second <= threeFrames.length; second++) {
      const chunks = [
        threeFrames.subarray(0, first),
        threeFrames.subarray(first, second),
        threeFrames.subarray(second),
      ];
      const read = readAll(chunks);
      assert.deepEqual(read, { frames: ["ab", "", "c"], fault: undefined, midFrame: false });
    }
  }
});

test("bytes that come one by one make the same frames", () => {
  const chunks = [...threeFrames].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(readAll(chunks).frames, ["ab", "", "c"]);
});

test("a frame that lies in one chunk is not copied", () => {
  const chunk = bytes("\0\0\0\0\x02ab");
  let seen: Uint8Array | undefined;
  new GrpcFrameReader(10).read(chunk, (frame) => (seen = frame));
  assert.equal(seen?.buffer, chunk.buffer);
});

const faults: [string, string, FramingFault | undefined][] = [
  ["a frame of just the limit", "\0\0\0\0\x64" + "x".repeat(100), undefined],
  ["one byte more, told from the prefix alone", "\0\0\0\0\x65", "too-large"],
  ["the largest length there is", "\0\xff\xff\xff\xff", "too-large"],
  ["a message marked as compressed", "\x01\0\0\0\x01x", "compressed"],
  ["an unknown flag", "\x02\0\0\0\x01x", "compressed"],
];
for (const [what, text, fault] of faults) {
  test(`${what}: ${fault ?? "no fault"}`, () => {
    assert.equal(readAll([bytes(text)]).fault, fault);
  });
}

test("it knows that a frame has begun and not ended", () => {
  for (const cut of [1, 4, 5, 6]) assert.ok(readAll([threeFrames.subarray(0, cut)]).midFrame);
  assert.ok(!readAll([threeFrames.subarray(0, 7)]).midFrame);
});
