import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeReasons, type Transport } from "roomline/client";
import { createVirtualClock } from "roomline/testing";
import { createRateMeter } from "../../examples/rate-meter.ts";
import { createSlowNetwork, type SlowNetwork } from "../../examples/slow-network.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";

/** A network to a server that says everything back, 10 ms away in each direction. */
function startEcho() {
  const clock = createVirtualClock();
  const atServer: string[] = [];
  const dialer = createMemoryDialer({
    clock,
    latencyMs: 10,
    acceptor: {
      accept(transport) {
        transport.open({
          onFrame(frame) {
            transport.send(frame);
          },
          onDrain: () => undefined,
          onClose: ({ name }) => atServer.push(name),
        });
      },
    },
  });
  return { clock, atServer, network: createSlowNetwork(dialer, clock), dialer };
}

/** A client's end: what came over it, and when. */
function dial(network: SlowNetwork, now: () => number) {
  const heard: string[] = [];
  const transport = network.dialer.dial(new Map());
  transport.open({
    onFrame: (frame) => heard.push(`${new TextDecoder().decode(frame)} at ${now()}`),
    onDrain: () => undefined,
    onClose: (reason) => heard.push(`${reason.name} at ${now()}`),
  });
  const say = (text: string, to: Transport = transport) => {
    const bytes = new TextEncoder().encode(text);
    const buffer = new Uint8Array(to.headroomBytes + bytes.length);
    buffer.set(bytes, to.headroomBytes);
    return to.send(buffer);
  };
  return { heard, transport, say };
}

describe("a slow network", () => {
  test("as it is: frames go through at once, and are counted", () => {
    const { clock, network } = startEcho();
    const { heard, say, transport } = dial(network, () => clock.now());
    assert.equal(say("hello"), true);
    clock.advance(100);
    assert.deepEqual(heard, ["hello at 20"]);
    assert.deepEqual([network.traffic.bytesIn, network.traffic.bytesOut], [5, 5]);
    transport.close(closeReasons.clientClosed);
    clock.advance(100);
    assert.equal(clock.pendingTimers, 0);
  });

  test("with a delay: late both ways, in order also when the delay shrinks, and the goodbye comes last", () => {
    const { clock, network, atServer } = startEcho();
    const { heard, say, transport } = dial(network, () => clock.now());
    network.delayMs = 150;
    say("a");
    clock.advance(50);
    assert.equal(transport.bufferedBytes > 0, true);
    network.delayMs = 0;
    say("b");
    clock.advance(450);
    assert.deepEqual(heard, ["a at 170", "b at 170"]);
    network.delayMs = 150;
    say("c");
    transport.close(closeReasons.clientClosed);
    clock.advance(100);
    assert.deepEqual(atServer, []);
    clock.advance(1_000);
    assert.deepEqual(atServer, ["client-closed"]);
    assert.equal(heard.at(-1)?.startsWith("client-closed"), true);
    assert.equal(clock.pendingTimers, 0);
  });

  test("torn down: what is on its way is lost, and nothing waits any more", () => {
    const { clock, network, dialer, atServer } = startEcho();
    network.delayMs = 100;
    const { heard, say, transport } = dial(network, () => clock.now());
    say("lost");
    clock.advance(50);
    transport.destroy();
    clock.advance(500);
    assert.equal(heard.length, 1);
    assert.match(heard[0] ?? "", /^connection-lost/);
    assert.deepEqual(atServer, ["connection-lost"]);
    assert.deepEqual([dialer.livePairs, clock.pendingTimers], [0, 0]);
  });
});

describe("a rate meter", () => {
  test("counts the last two seconds", () => {
    const meter = createRateMeter(2_000);
    for (let nowMs = 0; nowMs < 10_000; nowMs += 50) {
      meter.add(3, nowMs);
      if (nowMs > 500) assert.ok(Math.abs(meter.perSecond(nowMs) - 60) < 8, `at ${nowMs} ms`);
    }
    assert.ok(meter.perSecond(11_000) < 40);
    assert.equal(meter.perSecond(12_500), 0);
    assert.equal(meter.perSecond(99_999), 0);
  });
});
