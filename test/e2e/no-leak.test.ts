import assert from "node:assert/strict";
import http2 from "node:http2";
import { describe, it } from "node:test";
import { queryObjects } from "node:v8";
import { watchRoom } from "../../client/index.ts";
import { visitByWebSocket, watchByConnect, watchByGrpc, type Visit } from "./raw-visitors.ts";
import { eventually, spawnServer, type ServerProcess, type Vitals } from "./spawn-server.ts";

const room = "beacon-1";
/** The class of connections of a HTTP/2 client, which has no name of its own. */
const Http2Session = (() => {
  const session = http2.connect("http://127.0.0.1:9").on("error", () => undefined);
  session.destroy();
  return session.constructor as new () => object;
})();
const ways: readonly (readonly [name: string, visit: Visit])[] = [
  ["WebSocket", visitByWebSocket],
  ["watch over Connect", watchByConnect(room)],
  ["watch over gRPC", watchByGrpc(room)],
];

const roundsOfAll = 10;
const visitorsPerRound = 500;
const tornDownWithinMs = 100;

/** Everybody there is; a room of its own publishes on for ever. */
async function open(server: ServerProcess): Promise<number> {
  const { connections, watches, sockets } = await server.usage();
  return connections + watches + sockets;
}

/** How long after the cut of one visitor nothing of it was left, in milliseconds. */
async function tearDownMs(server: ServerProcess, visit: Visit, name: string): Promise<number> {
  const visitor = visit(server.port, name);
  await visitor.arrived;
  assert.ok((await open(server)) >= 2, "the visitor is counted");
  const cutAt = performance.now();
  visitor.cut();
  while ((await open(server)) > 0) {
    assert.ok(performance.now() < cutAt + 5_000, "still there after five seconds");
  }
  return performance.now() - cutAt;
}

describe("abrupt ends", () => {
  it(`CL-3 WA-7 each takes reader, writer and watch with it within ${tornDownWithinMs} ms`, async (test) => {
    const server = await spawnServer({ test, resumeWindowMs: 500, beacon: room });
    for (const [way, visit] of ways) {
      const times: number[] = [];
      for (let index = 0; index < 40; index++) {
        times.push(await tearDownMs(server, visit, `${index}`));
      }
      times.sort((a, b) => a - b);
      const shown = `${way}: median ${times[20]?.toFixed(1)} ms, longest ${times.at(-1)?.toFixed(1)} ms`;
      test.diagnostic(shown);
      // All but two: the machine that runs tests has other things to do as well.
      assert.ok((times[37] ?? Infinity) < tornDownWithinMs, shown);
    }
    await server.close();
  });

  it(`${roundsOfAll * visitorsPerRound} of WebSocket and watch clients leave nothing behind`, async (test) => {
    const server = await spawnServer({ test, resumeWindowMs: 500, beacon: room });
    const atStart = await server.vitals();
    const after: Vitals[] = [];
    for (let round = 0; round < roundsOfAll; round++) {
      const visitors = Array.from({ length: visitorsPerRound }, (_, index) => {
        const [, visit] = ways[index % ways.length] ?? assert.fail();
        return visit(server.port, `r${round}-${index}`);
      });
      await Promise.all(visitors.map(({ arrived }) => arrived));
      if (round === 0) {
        const { connections, watches } = await server.usage();
        assert.equal(connections + watches, visitorsPerRound);
      }
      for (const visitor of visitors) visitor.cut();
      await eventually(async () => {
        const usage = await server.usage();
        return JSON.stringify(usage) === JSON.stringify(atStart.usage)
          ? undefined
          : JSON.stringify(usage);
      }, 20_000);
      after.push(await server.vitals());
    }
    const [, second, ...rest] = after;
    const last = rest.at(-1);
    assert.ok(second && last);
    const heaps = after.map(({ heapBytes }) => (heapBytes / 1e6).toFixed(1)).join(" ");
    test.diagnostic(`heap after each round, MB: ${heaps}`);
    assert.equal(last.openFiles, second.openFiles, "open files");
    assert.equal(last.eventLoopHandles, second.eventLoopHandles, "handles of the event loop");
    assert.ok(last.timers <= second.timers + 5, `timers: ${second.timers}, then ${last.timers}`);
    // The first rounds warm caches up; from then on nothing may grow by what the visitors of a round would leave.
    assert.ok(last.heapBytes < second.heapBytes + 2_000_000, `heap in MB: ${heaps}`);
    await server.close();
  });
});

it("watches that are over leave no connection behind in the program that watched", async (test) => {
  const server = await spawnServer({ test, beacon: room });
  const connections = (): number => {
    globalThis.gc?.();
    return queryObjects(Http2Session, { format: "count" });
  };
  const before = connections();
  for (let count = 0; count < 20; count++) {
    let heard = (): void => undefined;
    const hears = new Promise<void>((resolve) => (heard = resolve));
    const watch = watchRoom(server.address, { topic: room, onEvent: () => heard() });
    await hears;
    watch.stop();
    await watch.ended;
  }
  await eventually(async () => {
    await new Promise(setImmediate);
    const left = connections() - before;
    return left <= 0 ? undefined : `${left} connections are held`;
  }, 10_000);
  await server.close();
});
