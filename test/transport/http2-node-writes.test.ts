import assert from "node:assert/strict";
import { test } from "node:test";
import { followNode } from "../../server/transport/http2/node-writes.ts";
import { ConnectionWindow } from "../../server/transport/http2/windows.ts";
import { flag, frameType, http2Frame } from "./raw-http2.ts";

function follow(frames: readonly Uint8Array[], open: number) {
  const window = new ConnectionWindow();
  window.spendPast(65_535 - open);
  const facts: string[] = [];
  const { now, later } = followNode(Buffer.concat(frames), window, {
    onData: () => facts.push("data"),
    onHeaders: (stream) => facts.push(`headers ${stream}`),
    onReset: (stream) => facts.push(`reset ${stream}`),
    onGoaway: () => facts.push("goaway"),
  });
  return { now: Buffer.from(now), later: later && Buffer.from(later), facts, open: window.open };
}

const ping = http2Frame(frameType.ping, flag.ack, 0, Buffer.alloc(8));
const headers = http2Frame(frameType.headers, flag.endHeaders, 3, Buffer.from("head"));
const reset = http2Frame(frameType.rstStream, 0, 7, Buffer.alloc(4));
const goaway = http2Frame(frameType.goaway, 0, 0, Buffer.alloc(8));
const data = (length: number, flags = 0, fill = 1): Buffer =>
  http2Frame(frameType.data, flags, 3, Buffer.alloc(length, fill));

test("what the window suffices for goes as it is, and the window is spent", () => {
  const frames = [ping, headers, data(100), reset, data(200), goaway];
  const { now, later, facts, open } = follow(frames, 300);
  assert.deepEqual(now, Buffer.concat(frames));
  assert.equal(later, undefined);
  assert.deepEqual(facts, ["headers 3", "data", "reset 7", "data", "goaway"]);
  assert.equal(open, 0);
});

test("DATA beyond the window waits, with all behind it, and nothing of that is told yet", () => {
  const { now, later, facts, open } = follow([ping, data(100, flag.endStream), reset], 0);
  assert.deepEqual(now, ping);
  assert.deepEqual(later, Buffer.concat([data(100, flag.endStream), reset]));
  assert.deepEqual(facts, []);
  assert.equal(open, 0);
});

test("a frame is cut where the window ends, and its flags stay at its end", () => {
  for (const first of [1, 50, 99]) {
    const { now, later, open } = follow([ping, data(100, flag.endStream), ping], first);
    assert.deepEqual(now, Buffer.concat([ping, data(first)]));
    assert.deepEqual(later, Buffer.concat([data(100 - first, flag.endStream), ping]));
    assert.equal(open, 0);
  }
});

test("an empty frame needs no window", () => {
  assert.equal(follow([data(0, flag.endStream)], 0).later, undefined);
});
