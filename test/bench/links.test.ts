import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { cutFrames, lengthPrefixedEnd } from "../../bench/links/cut-frames.ts";
import { SendWindow } from "../../bench/links/send-window.ts";

suite("the framing of the bench's load generator", () => {
  test("frames are cut wherever the chunks of the stream end", () => {
    const stream = Buffer.concat(
      ["a", "", "hello"].map((text) => {
        const head = Buffer.alloc(5);
        head.writeUInt32BE(text.length, 1);
        return Buffer.concat([head, Buffer.from(text)]);
      }),
    );
    for (let size = 1; size <= stream.length; size++) {
      const frames: string[] = [];
      const read = cutFrames(lengthPrefixedEnd(5), (bytes, start, end) =>
        frames.push(bytes.toString("latin1", start + 5, end)),
      );
      for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
      assert.deepEqual(frames, ["a", "", "hello"], `chunks of ${size}`);
    }
  });

  test("what an HTTP/2 window does not take waits, in order", () => {
    const written: string[] = [];
    const window = new SendWindow((bytes) => written.push(bytes.toString()));
    window.send(Buffer.from("a"), 60_000);
    window.send(Buffer.from("b"), 10_000);
    window.send(Buffer.from("c"), 1);
    assert.deepEqual(written, ["a"]);
    window.grow(1, 100_000);
    assert.deepEqual(written, ["a"], "the connection's window is still full");
    window.grow(0, 100_000);
    assert.deepEqual(written, ["a", "b", "c"]);
  });

  test("a larger initial window holds for the stream that is open", () => {
    const written: string[] = [];
    const window = new SendWindow((bytes) => written.push(bytes.toString()));
    window.grow(0, 1_000_000);
    window.send(Buffer.from("a"), 100_000);
    assert.deepEqual(written, []);
    window.setInitial(200_000);
    assert.deepEqual(written, ["a"]);
  });
});
