import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionWindow, StreamWindow } from "../../server/transport/http2/windows.ts";

test("what was sent past node:http2 is paid back before node:http2 hears of anything", () => {
  const window = new ConnectionWindow();
  let node = 65_535;
  const spend = (bytes: number): void => {
    window.spend(bytes);
    node -= bytes;
  };
  window.spendPast(10_000);
  spend(5_000);
  assert.deepEqual([window.open, node], [50_535, 60_535]);
  node += window.grant(4_000);
  assert.deepEqual([window.open, node], [54_535, 60_535]);
  node += window.grant(11_000);
  // All is given back: both know the same again.
  assert.deepEqual([window.open, node], [65_535, 65_535]);
  node += window.grant(100);
  assert.deepEqual([window.open, node], [65_635, 65_635]);
});

test("RFC 9113 6.9.1: a connection window that grows too large does so for node:http2, too", () => {
  const window = new ConnectionWindow();
  window.spendPast(1_000);
  const node = 65_535 + window.grant(2 ** 31 - 1);
  assert.equal(window.open, node);
  assert.ok(node > 2 ** 31 - 1);
});

test("RFC 9113 6.9.2: settings may take a stream's window below zero, and it has to be given back", () => {
  const window = new StreamWindow(65_535);
  window.spend(60_000);
  assert.ok(window.grant(16_384 - 65_535));
  assert.equal(window.open, -43_616);
  assert.ok(window.grant(43_616));
  assert.equal(window.open, 0);
  assert.ok(window.grant(1));
  assert.equal(window.open, 1);
});

test("RFC 9113 6.9.1: no window has more than 31 bits", () => {
  const window = new StreamWindow(1);
  assert.ok(window.grant(2 ** 31 - 2));
  assert.equal(window.open, 2 ** 31 - 1);
  assert.ok(!window.grant(1));
});
