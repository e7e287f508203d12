import assert from "node:assert/strict";
import { test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { createMemoryDialer, createMemoryPair } from "../../shared/transport/memory-pair.ts";
import type { PeerInfo, Transport } from "../../shared/transport/transport.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { RecordedEnd } from "./recorded-end.ts";
import type { ContractNetwork } from "./contract-network.ts";
import { transportContract } from "./transport-contract.ts";

/** Latency and headroom are set so that code which forgets one of them fails. */
function createMemoryNetwork(latencyMs: number): ContractNetwork {
  const clock = createVirtualClock();
  const accepted: { end: RecordedEnd; peer: PeerInfo }[] = [];
  const dialer = createMemoryDialer({
    clock,
    latencyMs,
    headroomBytes: 3,
    acceptor: {
      accept: (transport, peer) => void accepted.push({ end: new RecordedEnd(transport), peer }),
    },
  });
  const settle = async (): Promise<void> => {
    await clock.advanceAsync(10_000);
  };
  return {
    async connect(metadata = new Map()) {
      const client = new RecordedEnd(dialer.dial(metadata));
      await settle();
      const server = accepted.at(-1);
      assert.ok(server !== undefined);
      return { client, server: server.end, peer: server.peer };
    },
    async until(condition, what) {
      await settle();
      assert.ok(condition(), what);
    },
    settle,
    async end() {
      dialer.cut();
      await settle();
      assert.equal(dialer.livePairs, 0);
      assert.equal(clock.pendingTimers, 0);
      assert.equal(clock.pendingDeferred, 0);
      for (const { end } of accepted) assert.equal(end.transport.bufferedBytes, 0);
    },
  };
}

for (const latencyMs of [0, 20]) {
  transportContract({
    name: `memory (${latencyMs} ms)`,
    clientReasonsTravel: true,
    breaksReachPausedClients: true,
    createNetwork: () => Promise.resolve(createMemoryNetwork(latencyMs)),
  });
}

test("a memory pair takes the given time, for frames and for the end", () => {
  const clock = createVirtualClock();
  const pair = createMemoryPair({ clock, latencyMs: 25 });
  const [client, server] = [new RecordedEnd(pair.client), new RecordedEnd(pair.server)];
  client.send("a");
  clock.advance(10);
  client.send("b");
  pair.client.close(closeReasons.clientClosed, "bye");
  clock.advance(14.9);
  assert.deepEqual(server.texts, []);
  clock.advance(0.1);
  assert.deepEqual(server.texts, ["a"]);
  clock.advance(10);
  assert.deepEqual(server.texts, ["a", "b"]);
  assert.deepEqual(server.closes, [{ reason: closeReasons.clientClosed, detail: "bye" }]);
  assert.ok(pair.ended);
});

test("a memory pair returns false from its high-water mark on", () => {
  const clock = createVirtualClock();
  const pair = createMemoryPair({ clock, highWaterBytes: 100 });
  const [client, server] = [new RecordedEnd(pair.client), new RecordedEnd(pair.server)];
  pair.server.pauseReading();
  assert.equal(client.send(new Uint8Array(99)), true);
  assert.equal(client.send(new Uint8Array(1)), false);
  assert.equal(pair.client.bufferedBytes, 100);
  pair.server.resumeReading();
  clock.settle();
  assert.deepEqual([client.drains, server.frames.length, pair.client.bufferedBytes], [1, 2, 0]);
});

test("a memory dialer that refuses ends the stream as lost", () => {
  const clock = createVirtualClock();
  const accepted: Transport[] = [];
  const acceptor = { accept: (transport: Transport) => void accepted.push(transport) };
  const dialer = createMemoryDialer({ clock, acceptor });
  dialer.refusing = true;
  const client = new RecordedEnd(dialer.dial(new Map()));
  clock.settle();
  assert.equal(client.close.reason, closeReasons.connectionLost);
  assert.deepEqual([accepted.length, dialer.livePairs, clock.pendingTimers], [0, 0, 0]);
});

test("cutting a memory dialer loses what is on its way", () => {
  const clock = createVirtualClock();
  const servers: RecordedEnd[] = [];
  const acceptor = {
    accept: (transport: Transport) => void servers.push(new RecordedEnd(transport)),
  };
  const dialer = createMemoryDialer({ clock, acceptor, latencyMs: 5 });
  const clients = [1, 2, 3].map(() => new RecordedEnd(dialer.dial(new Map())));
  clock.advance(5);
  for (const client of clients) client.send("lost");
  dialer.cut();
  clock.advance(100);
  for (const end of [...clients, ...servers]) {
    assert.deepEqual(end.frames, []);
    assert.equal(end.close.reason, closeReasons.connectionLost);
  }
  assert.deepEqual([servers.length, dialer.livePairs, clock.pendingTimers], [3, 0, 0]);
});
