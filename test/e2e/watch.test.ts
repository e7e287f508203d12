import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { cancelWatch, createCallDialer, watchRoom, type Watch } from "../../client/index.ts";
import { createServer, type Server, type ServerOptions } from "../../server/index.ts";
import {
  WatchService,
  WatchStart,
  type WatchResponse,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import { holdNumbers, numbers, type HeldNumbers } from "../watch/numbers-room.ts";
import { brief } from "../watch/watch-bench.ts";
import { eventually } from "./spawn-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const protocols = ["grpc", "connect", "connect-http1"] as const;

async function start(test: TestContext, held: HeldNumbers, options: Partial<ServerOptions> = {}) {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { numbers: held.type },
    ...options,
  });
  test.after(() => server.close());
  await server.createRoom("numbers", { roomId: "r" });
  return server;
}

/** Everything ends, and the server holds nothing. */
async function end(server: Server, watches: readonly Watch[] = []): Promise<void> {
  for (const watch of watches) watch.stop();
  await Promise.all(watches.map(({ ended }) => ended));
  await eventually(() => (server.usage.watches === 0 ? undefined : "watches left"), 5_000);
  await server.close();
  const left = Object.entries(server.usage).filter(([, count]) => count !== 0);
  assert.deepEqual(left, []);
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("watch over the network", () => {
  for (const protocol of protocols) {
    it(`WA-7: over ${protocol}, what is not read stays in the log: who lags gets a gap, and goes on`, async (test) => {
      const held = holdNumbers({ log: { entriesMax: 100 } });
      const server = await start(test, held);
      const room = held.room("r");
      const line = createCallDialer({ target: server.address, protocol }).dial();
      const abort = new AbortController();
      const responses = createClient(WatchService, line.transport)
        .watch({ topic: "r" }, { signal: abort.signal })
        [Symbol.asyncIterator]();
      const next = async (): Promise<WatchResponse> => {
        const result: IteratorResult<WatchResponse, unknown> = await responses.next();
        assert.ok(result.done !== true, "it ended");
        return result.value;
      };
      assert.deepEqual(brief([await next(), await next()]), ["started", "endOfBacklog"]);
      const [text, events] = ["x".repeat(20_000), 2_000];
      for (let count = 1; count <= events; count++) {
        room.publish("text", text);
        if (count % 20 === 0) await turn();
      }
      let before = 0;
      let number = 0;
      let gaps = 0;
      while (number < events) {
        const { message } = await next();
        if (message.case === "gap") {
          assert.equal(Number(message.value.from), number + 1);
          number = Number(message.value.to);
          gaps++;
        }
        if (message.case !== "data") continue;
        for (const event of message.value.events) assert.equal(Number(event.number), ++number);
        if (gaps === 0) before = number;
      }
      // More than one when the client's side took another message while the room went on.
      assert.ok(gaps >= 1);
      assert.ok(before < events / 2, `${before} events were buffered on the way`);
      test.diagnostic(`on the way: ${(before * 20) / 1_000} MB of ${(events * 20) / 1_000}`);
      abort.abort();
      line.close();
      await end(server);
    });
  }

  it("WA-7: 1,000 watchers are on time beside one that never reads, which costs next to nothing and is cut", async (test) => {
    const held = holdNumbers();
    const limits = { sendTimeoutMs: 10_000, watchHeartbeatIntervalMs: 4_000 };
    const server = await start(test, held, { limits });
    const room = held.room("r");
    for (let count = 0; count < 500; count++) room.publish("text", "x".repeat(2_000));
    let came = 0;
    const managers = Array.from({ length: 10 }, () => sharedTransport(server.address));
    const watches = managers.flatMap(({ transport }, index) =>
      Array.from({ length: 100 }, () =>
        watchRoom(server.address, {
          topic: "r",
          contract: numbers,
          kinds: ["number"],
          clientId: `c${index}`,
          dialer: { target: "", dial: () => ({ transport, close: () => undefined }) },
          onEvent: () => came++,
        }),
      ),
    );
    await eventually(() => {
      const live = watches.filter(({ status }) => status === "live").length;
      return live === 1_000 ? undefined : `${live} are live`;
    }, 15_000);
    const stuck = await openStuckWatch(server.address);
    const tookMs: number[] = [];
    for (let round = 1; round <= 5; round++) {
      const sinceMs = performance.now();
      room.publish("number", round);
      await eventually(() => (came === round * 1_000 ? undefined : `${came} came`), 5_000);
      tookMs.push(Math.round(performance.now() - sinceMs));
    }
    test.diagnostic(`an event to 1,000 watchers, server and clients: ${tookMs.join(", ")} ms`);
    for (const watch of watches) watch.stop();
    await Promise.all(watches.map(({ ended }) => ended));

    await eventually(
      () => (server.usage.watches === 1 ? undefined : "more than the stuck one"),
      5_000,
    );
    const before = heapBytes();
    for (let count = 0; count < 400; count++) {
      for (let batch = 0; batch < 10; batch++) room.publish("text", "x".repeat(10_000));
      if (count % 20 === 0) await turn();
    }
    const grownBytes = heapBytes() - before;
    test.diagnostic(`40 MB went by the stuck one: heap ${Math.round(grownBytes / 1_024)} KiB more`);
    assert.ok(grownBytes < 6_000_000, `${grownBytes} bytes more`);
    await eventually(() => (server.usage.watches === 0 ? undefined : "still there"), 20_000);
    assert.match(await stuck.end(), /ENHANCE_YOUR_CALM/);
    for (const manager of managers) manager.close();
    stuck.close();
    await end(server);
  });

  it("WA-8, WA-2, WA-1: cancel, malformed cursors and rooms that are not watchable, as clients see them", async (test) => {
    const held = holdNumbers();
    const secret = holdNumbers({ watchable: false });
    const rooms = { numbers: held.type, secret: secret.type };
    const server = await start(test, held, { rooms });
    await server.createRoom("secret", { roomId: "s" });
    const ends: string[] = [];
    for (const protocol of protocols) {
      const dialer = createCallDialer({ target: server.address, protocol });
      const common = {
        clientId: "ann",
        dialer,
        onEvent: () => undefined,
        onError: () => undefined,
      };
      const watch = watchRoom("", { topic: "r", watchId: "w", ...common });
      await eventually(() => (watch.status === "live" ? undefined : watch.status), 5_000);
      assert.equal(await cancelWatch("", { watchId: "w", clientId: "bob", dialer }), false);
      assert.equal(await cancelWatch("", { watchId: "w", clientId: "ann", dialer }), true);
      const others = [{ topic: "r", cursor: "nonsense" }, { topic: "s" }].map((options) =>
        watchRoom("", { ...common, ...options }),
      );
      for (const { ended } of [watch, ...others]) {
        const over = await ended;
        if (over.kind === "closed") ends.push(over.reason.name);
        else if (over.kind === "failed") ends.push(over.error.code);
      }
    }
    const expected = ["client-closed", "invalid-argument", "watch-refused"];
    assert.deepEqual(ends, [...expected, ...expected, ...expected]);
    await end(server);
  });

  it("WA-5, WA-10: a connection that froze is noticed by silence, and its watch id is taken back", async (test) => {
    const held = holdNumbers();
    const server = await start(test, held, { limits: { watchHeartbeatIntervalMs: 300 } });
    const proxy = await startTcpProxy(test, server.port);
    const seen: number[] = [];
    const watch = watchRoom(proxy.target, {
      topic: "r",
      watchId: "w",
      clientId: "ann",
      onEvent: ({ number }) => seen.push(number),
    });
    await eventually(() => (watch.status === "live" ? undefined : watch.status), 5_000);
    proxy.freeze(true);
    held.room("r").publish("number", 1);
    await eventually(() => (seen.length === 1 ? undefined : watch.status), 10_000);
    assert.ok(proxy.accepted > 1);
    assert.deepEqual([seen, server.usage.watches], [[1], 1]);
    await end(server, [watch]);
  });

  it("WA-9, RL-6: the server drains and is started anew: all come back by themselves, and are told", async (test) => {
    const held = holdNumbers();
    const first = await start(test, held);
    const told = protocols.map((): unknown[] => []);
    const watches = protocols.map((protocol, index) =>
      watchRoom(first.address, {
        topic: "r",
        dialer: createCallDialer({ target: first.address, protocol }),
        backoff: { maxMs: 200 },
        onEvent: ({ payload }) => told[index]?.push(payload),
        onGap: ({ reason }) => told[index]?.push(reason),
        onStatus(status, why) {
          if (status === "waiting") whys.add(why);
        },
      }),
    );
    const whys = new Set<string>();
    await eventually(() => (first.usage.watches === 3 ? undefined : "not all are there"), 5_000);
    held.room("r").publish("number", 1);
    await eventually(() => (told.every(({ length }) => length === 1) ? undefined : "1"), 5_000);
    const drained = first.drain(5_000);
    await eventually(() => (first.usage.watches === 0 ? undefined : "watches left"), 2_000);
    assert.ok(
      [...whys].every((why) => /going down/.test(why)),
      [...whys].join(),
    );
    await drained;
    await first.close();
    const second = await start(test, held, { port: first.port });
    held.room("r").publish("number", 2);
    await eventually(() => (told.every(({ length }) => length === 3) ? undefined : "2"), 10_000);
    assert.deepEqual(told, Array(3).fill([1, "epoch-changed", 2]));
    await end(second, watches);
  });
});

function sharedTransport(target: string): { readonly transport: Transport; close(): void } {
  const baseUrl = `http://${target}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  // Text of one letter, compressed, would fit anywhere.
  const transport = createGrpcTransport({ baseUrl, sessionManager, acceptCompression: [] });
  return { transport, close: () => sessionManager.abort() };
}

/** A watch whose reader takes the first message, and no other before it looks how it ended. */
async function openStuckWatch(target: string) {
  const { transport, ...line } = sharedTransport(target);
  const responses = createClient(WatchService, transport)
    .watch({ topic: "r", start: WatchStart.OLDEST }, { headers: { "client-id": "stuck" } })
    [Symbol.asyncIterator]();
  await responses.next();
  return {
    ...line,
    async end(): Promise<string> {
      try {
        while ((await responses.next()).done !== true);
        return "in good order";
      } catch (thrown) {
        return ConnectError.from(thrown).message;
      }
    },
  };
}

function heapBytes(): number {
  for (let round = 0; round < 4; round++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
