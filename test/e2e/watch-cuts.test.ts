import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCallDialer } from "../../client/calls/node-call-dialer.ts";
import { watchRoom } from "../../client/watch/watch-room.ts";
import { createServer } from "../../server/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { holdNumbers, numbers } from "../watch/numbers-room.ts";
import { eventually } from "./spawn-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const count = 100_000;
const cuts = 50;

describe("watch over a network that breaks", () => {
  it(`WA-10: 1 to ${count}, cut ${cuts} times anywhere, over each protocol: every event once, in order`, async (test) => {
    const held = holdNumbers({ log: { entriesMax: 2 * count, bytesMax: 2 ** 28 } });
    const rooms = { numbers: held.type };
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms });
    test.after(() => server.close());
    await server.createRoom("numbers", { roomId: "r" });
    const protocols = ["grpc", "connect", "connect-http1"] as const;
    const watches = await Promise.all(
      protocols.map(async (protocol, index) => {
        const proxy = await startTcpProxy(test, server.port);
        const random = createSeededRandom(7 + index);
        const cutAt = Array.from({ length: cuts }, () => Math.ceil(random() * count * 0.9));
        cutAt.sort((a, b) => a - b);
        const tally = { protocol, last: 0, wrong: [] as string[], cuts: 0, connection: 0 };
        const watch = watchRoom(proxy.target, {
          topic: "r",
          contract: numbers,
          kinds: ["number"],
          start: "oldest",
          clientId: protocol,
          dialer: createCallDialer({ target: proxy.target, protocol }),
          backoff: { initialMs: 5, maxMs: 200 },
          onEvent({ payload, number }) {
            if (number !== tally.last + 1) tally.wrong.push(`${number} after ${tally.last}`);
            if (payload !== number) tally.wrong.push(`${number} is ${JSON.stringify(payload)}`);
            tally.last = number;
            // What had come already is still handed over after a cut; the next cut is of the next connection.
            if (number < (cutAt[0] ?? Infinity) || proxy.accepted === tally.connection) return;
            cutAt.shift();
            tally.cuts++;
            tally.connection = proxy.accepted;
            proxy.cut();
          },
          onGap: (gap) => tally.wrong.push(JSON.stringify(gap)),
        });
        return { tally, watch };
      }),
    );
    const room = held.room("r");
    let last = 0;
    // A cut that was due near the end waits for the next connection, which needs something to carry.
    const uncut = () => watches.some(({ tally }) => tally.cuts < cuts);
    while (last < count || (uncut() && last < 2 * count)) {
      for (let batch = 0; batch < 500; batch++) room.publish("number", ++last);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually(() => {
      const behind = watches.filter(({ tally }) => tally.last < last);
      return behind.length === 0
        ? undefined
        : behind.map(({ tally }) => `${tally.protocol} is at ${tally.last}`).join(", ");
    }, 30_000);
    for (const { tally } of watches) {
      assert.deepEqual(tally.wrong, [], tally.protocol);
      assert.equal(tally.cuts, cuts, tally.protocol);
    }
    for (const { watch } of watches) watch.stop();
    await Promise.all(watches.map(({ watch }) => watch.ended));
    await eventually(() => (server.usage.watches === 0 ? undefined : "watches left"), 5_000);
    await server.close();
    assert.deepEqual(
      Object.entries(server.usage).filter(([, left]) => left !== 0),
      [],
    );
  });
});
