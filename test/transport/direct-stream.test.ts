import assert from "node:assert/strict";
import { test } from "node:test";
import { Http2DirectStream } from "../../server/transport/http2/direct-stream.ts";
import { frameFlag, frameType } from "../../server/transport/http2/frame.ts";
import { ConnectionWindow } from "../../server/transport/http2/windows.ts";

/** A stream that node:http2 holds `within` bytes of, and what its user is told. */
function createStream(within: number) {
  const read: string[] = [];
  const kept = { bytes: 0, handedOn: 0 };
  const stream = new Http2DirectStream(
    1,
    {
      window: new ConnectionWindow(),
      returnBytes: 1_000,
      receiveWindowBytes: 4_000,
      takesData: true,
      writeAtOnce: () => true,
      write: () => undefined,
      cork: () => undefined,
      uncork: () => undefined,
      took: () => undefined,
      keeps(bytes) {
        kept.bytes += bytes;
        return true;
      },
      handedOn(bytes) {
        kept.handedOn += bytes;
      },
      giveBack: () => undefined,
      release: () => undefined,
    },
    { windowBytes: 1_000, within, isEnded: false },
  );
  const onData = (payload: Uint8Array): void => {
    read.push(Buffer.from(payload).toString());
  };
  stream.open({
    onData,
    onWritten: () => undefined,
    onWindowOverflow() {
      read.push("overflow");
    },
  });
  const come = (text: string): void => {
    stream.onPayload(Buffer.from(text), 0);
  };
  return { stream, read, kept, come, onData };
}

test("what comes past node:http2 waits for what it holds", () => {
  const { stream, read, kept, come, onData } = createStream(5);
  come("two");
  come("three");
  assert.deepEqual(read, []);
  assert.equal(kept.bytes, 8);

  onData(Buffer.from("first"));
  stream.cameOut(5);
  assert.deepEqual(read, ["first", "twothree"]);
  assert.equal(kept.bytes, 0);
  come("four");
  assert.deepEqual(read, ["first", "twothree", "four"]);
});

test("what is kept goes to node:http2 before the end of the stream, in whole frames", () => {
  const { stream, read, kept, come } = createStream(0);
  stream.pause();
  come("a");
  come("b");
  const before = stream.wentIn(frameType.data, frameFlag.endStream, 3);
  assert.equal(Buffer.from(before ?? []).toString("latin1"), "\0\0\x02\0\0\0\0\0\x01ab");
  assert.deepEqual(kept, { bytes: 0, handedOn: 2 });
  stream.resume();
  assert.deepEqual(read, []);
  assert.equal(stream.isReading, false);
});

test("a user that stops in the midst of what was kept gets the rest later", () => {
  const { stream, read, come } = createStream(0);
  stream.pause();
  come("x".repeat(3_000));
  stream.resume();
  assert.equal(read.length, 1);
  stream.pause();
  come("y");
  stream.close();
  stream.resume();
  assert.equal(read.length, 1, "nothing after the end");
});
