import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { keepStream } from "../../monitor/feed/stream-keeper.ts";
import type { Link } from "../../pages/link.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

/** A promise that is settled by hand. */
function deferred() {
  let resolve: (message: string) => void = () => undefined;
  let reject: (why: unknown) => void = () => undefined;
  const promise = new Promise<string>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}

/** A keeper of streams that the test feeds and ends by hand. */
function start() {
  const clock = createVirtualClock();
  const links: Link[] = [];
  const messages: string[] = [];
  const streams: { send(message: string): void; fail(why: unknown): void; signal: AbortSignal }[] =
    [];
  const keeper = keepStream<string>({
    open(signal) {
      let settle = deferred();
      const fail = (why: unknown) => settle.reject(why);
      signal.addEventListener("abort", () => fail(new ConnectError("aborted", Code.Canceled)));
      streams.push({ signal, fail, send: (message) => settle.resolve(message) });
      return (async function* () {
        for (;;) {
          yield await settle.promise;
          settle = deferred();
        }
      })();
    },
    onMessage: (message) => messages.push(message),
    onLink: (link) => links.push(link),
    silenceMsMax: () => 8_000,
    clock,
    random: () => 1,
  });
  const status = () => links.at(-1)?.status;
  return { clock, keeper, links, messages, streams, status };
}

const unavailable = new ConnectError("gone", Code.Unavailable);

test("a stream that brings messages is live, and stopping it leaves no timer", async () => {
  const { clock, keeper, messages, streams, status } = start();
  assert.equal(status(), "connecting");
  streams[0]?.send("one");
  await clock.settleAsync();
  assert.deepEqual(messages, ["one"]);
  assert.equal(status(), "live");
  keeper.stop();
  await clock.settleAsync();
  assert.equal(streams[0]?.signal.aborted, true);
  assert.equal(clock.pendingTimers, 0);
});

test("a lost stream is opened again, after longer and longer waits until one brings a message", async () => {
  const { clock, keeper, links, streams, status } = start();
  const waits: number[] = [];
  for (let tries = 1; tries <= 7; tries++) {
    streams.at(-1)?.fail(unavailable);
    await clock.settleAsync();
    const link = links.at(-1);
    assert.ok(link?.status === "retrying");
    waits.push(link.retryAtMs - clock.now());
    await clock.advanceAsync(link.retryAtMs - clock.now());
    assert.equal(streams.length, tries + 1);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  streams.at(-1)?.send("back");
  await clock.settleAsync();
  assert.equal(status(), "live");
  streams.at(-1)?.fail(unavailable);
  await clock.settleAsync();
  const link = links.at(-1);
  assert.ok(link?.status === "retrying" && link.retryAtMs - clock.now() === 500);
  keeper.stop();
  assert.equal(clock.pendingTimers, 0);
});

test("a stream that falls silent is taken for dead and opened again", async () => {
  const { clock, keeper, links, streams } = start();
  streams[0]?.send("one");
  await clock.settleAsync();
  await clock.advanceAsync(7_999);
  const isOver = () => streams[0]?.signal.aborted;
  assert.equal(isOver(), false);
  await clock.advanceAsync(1);
  assert.equal(isOver(), true);
  const link = links.at(-1);
  assert.ok(link?.status === "retrying" && /silent/.test(link.message));
  await clock.advanceAsync(500);
  assert.equal(streams.length, 2);
  keeper.stop();
  await clock.settleAsync();
  assert.equal(clock.pendingTimers, 0);
});

test("where a token is wanted, nothing is tried until there is one", async () => {
  const { clock, keeper, streams, status } = start();
  streams[0]?.fail(new ConnectError("This needs the admin token.", Code.Unauthenticated));
  await clock.settleAsync();
  assert.equal(status(), "token-wanted");
  assert.equal(clock.pendingTimers, 0);
  keeper.restart();
  streams[1]?.send("one");
  await clock.settleAsync();
  assert.equal(status(), "live");
  keeper.stop();
  await clock.settleAsync();
});

test("a refusal is told with what the server says, and tried again now and then", async () => {
  const { clock, keeper, links, streams } = start();
  streams[0]?.fail(new ConnectError("Start it with an adminToken.", Code.PermissionDenied));
  await clock.settleAsync();
  assert.deepEqual(links.at(-1), { status: "refused", message: "Start it with an adminToken." });
  await clock.advanceAsync(10_000);
  assert.equal(streams.length, 2);
  keeper.stop();
  await clock.settleAsync();
  assert.equal(clock.pendingTimers, 0);
});

test("what an earlier stream still says after a restart is not heard", async () => {
  const { clock, keeper, links, messages, streams } = start();
  keeper.restart();
  streams[0]?.send("late");
  await clock.settleAsync();
  assert.deepEqual(messages, []);
  assert.ok(links.every(({ status }) => status === "connecting"));
  keeper.stop();
  await clock.settleAsync();
  assert.equal(clock.pendingTimers, 0);
});
