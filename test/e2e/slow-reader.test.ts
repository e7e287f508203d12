import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import * as v from "valibot";
import {
  connect,
  createGrpcDialer,
  createWebSocketDialer,
  type Transport,
} from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createServer, defineRoom, type Room, type Server } from "../../server/index.ts";
import { AdminService, type WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { eventually } from "./spawn-server.ts";

const busy = defineContract({
  events: { noise: json(v.tuple([v.number(), v.string()])) },
  state: { clock: json(v.object({ step: v.number() })) },
});

const clients = { grpc: createGrpcDialer, websocket: createWebSocketDialer } as const;
const roundEvents = 20;
const logEntries = 64;
/** Large enough that the buffers of the kernel and of HTTP/2, which differ by machine and by version of Node, fill soon. */
const text = "x".repeat(16_000);
const sendTimeoutMs = 4_000;

async function start(test: TestContext) {
  const made: Room<typeof busy>[] = [];
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: {
      busy: defineRoom(busy, {
        tickRateHz: 20,
        log: { entriesMax: logEntries, bytesMax: 2 ** 24 },
        create: (room) => void made.push(room),
        onTick: (room, { tick }) => void room.state.clock.set("now", { step: tick }),
      }),
    },
    limits: { sendTimeoutMs },
  });
  test.after(() => server.close());
  return { server, made };
}

/** A player who notes the numbers of the events it gets, and of those it was told it would not get. */
async function play(server: Server, clientId: string, protocol: keyof typeof clients) {
  const streams: Transport[] = [];
  const dialer = clients[protocol]({ target: server.address });
  const client = await connect(server.address, {
    clientId,
    dialer: {
      target: dialer.target,
      dial(metadata) {
        const stream = dialer.dial(metadata);
        streams.push(stream);
        return stream;
      },
    },
  });
  const session = await client.join(busy, { roomType: "busy" });
  const heard = { last: 0, missed: 0, wrong: [] as string[], rates: [] as number[] };
  session.on("noise", ([number]) => {
    if (number !== heard.last + 1) heard.wrong.push(`${number} after ${heard.last}`);
    heard.last = number;
  });
  session.onGap(({ from, to }) => {
    if (from !== heard.last + 1) heard.wrong.push(`a gap from ${from} after ${heard.last}`);
    heard.missed += to - from + 1;
    heard.last = to;
  });
  session.onThrottled(({ rateHz }) => heard.rates.push(rateHz));
  const step = () => session.state.clock.get("now")?.step ?? 0;
  return { client, session, streams, heard, step };
}

/** What the operators see, as often as they can. */
function followStats(test: TestContext, server: Server) {
  const stopped = new AbortController();
  test.after(() => stopped.abort());
  const { watchStats } = createClient(
    AdminService,
    createGrpcTransport({ baseUrl: `http://${server.address}` }),
  );
  const messages: WatchStatsResponse[] = [];
  const ended = (async () => {
    try {
      const options = { signal: stopped.signal };
      for await (const message of watchStats({ intervalMs: 100 }, options)) messages.push(message);
    } catch {
      // It was stopped.
    }
  })();
  const of = (message: WatchStatsResponse | undefined, id: string) => ({
    outboxBytes: Number(
      message?.connections.find(({ clientId }) => clientId === id)?.outboxBytes ?? 0,
    ),
    lag: Number(message?.sessions.find(({ clientId }) => clientId === id)?.lag ?? 0),
  });
  return {
    now: (id: string) => of(messages.at(-1), id),
    outboxMost: (id: string) => Math.max(...messages.map((one) => of(one, id).outboxBytes)),
    counter: (name: string) => Number(messages.at(-1)?.counters[`roomline_${name}`] ?? 0),
    journal: (id: string) =>
      messages.flatMap(({ journal }) => journal).filter(({ clientId }) => clientId === id),
    stop() {
      stopped.abort();
      return ended;
    },
  };
}

describe("a player who stops reading", () => {
  for (const protocol of ["grpc", "websocket"] as const) {
    it(`BP-1, BP-2, BP-3, AD-2: over ${protocol}, delays nobody, costs a frame or two, is shown, and is closed in the end`, async (test) => {
      const { server, made } = await start(test);
      const stats = followStats(test, server);
      const reader = await play(server, "reader", "grpc");
      const slow = await play(server, "slow", protocol);
      const [room] = made;
      assert.ok(room !== undefined);
      let published = 0;
      let latestMs = 0;
      /** Goes on when the reader has all of a round: it never waits for the other one. */
      const busyUntil = (done: () => boolean) =>
        eventually(async () => {
          for (let count = 0; count < roundEvents; count++)
            room.publish("noise", [++published, text]);
          const sinceMs = performance.now();
          while (reader.heard.last < published && performance.now() - sinceMs < 5_000) {
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          latestMs = Math.max(latestMs, performance.now() - sinceMs);
          return done() ? undefined : JSON.stringify([stats.now("slow"), slow.heard]);
        }, 30_000);
      const caughtUp = () =>
        slow.heard.last === published && slow.step() >= reader.step() - 20
          ? undefined
          : JSON.stringify(slow.heard);

      slow.streams[0]?.pauseReading();
      await busyUntil(() => {
        const { outboxBytes, lag } = stats.now("slow");
        return outboxBytes > 0 && lag > logEntries;
      });
      const merged = () => stats.counter('sheds_total{step="state-merged"}');
      const gone = performance.now() + 500;
      await busyUntil(() => performance.now() > gone);
      slow.streams[0]?.resumeReading();
      await eventually(caughtUp, 10_000);
      await busyUntil(() => stats.counter('sheds_total{step="gap"}') > 0 && merged() > 0);
      assert.ok(slow.heard.missed > 0, "it was told of what it missed");
      assert.ok(
        slow.heard.rates.some((rateHz) => rateHz > 0),
        "it was told that it gets less",
      );
      assert.equal(slow.streams.length, 1, "it was not closed");

      slow.streams[0]?.pauseReading();
      const ended = () => stats.journal("slow").filter(({ kind }) => kind === "closed");
      await busyUntil(() => ended().length > 0);
      assert.match(ended()[0]?.detail ?? "", /slow-consumer/);
      assert.equal(stats.counter('connections_closed_total{reason="slow-consumer"}'), 1);
      const most = stats.outboxMost("slow");
      test.diagnostic(
        `${Math.round((published * text.length) / 1e6)} MB went by: its outbox held ${most} bytes at most; the reader had each round within ${Math.round(latestMs)} ms`,
      );
      assert.ok(most < 4 * 65_536, `${most} bytes waited`);
      assert.ok(latestMs < 2_000, `a round came after ${latestMs} ms`);

      slow.streams[0]?.resumeReading();
      await eventually(caughtUp, 10_000);
      assert.equal(slow.streams.length, 2, "it came back by itself");
      for (const { heard } of [reader, slow]) assert.deepEqual(heard.wrong, []);
      assert.deepEqual([reader.heard.missed, reader.heard.last], [0, published]);
      await Promise.all([reader.client.close(), slow.client.close(), stats.stop()]);
      await server.close();
      assert.deepEqual(
        Object.entries(server.usage).filter(([, count]) => count !== 0),
        [],
      );
    });
  }
});
