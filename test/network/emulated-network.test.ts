import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeReasons, emulateNetwork, type EmulatedNetwork } from "roomline/client";
import { createVirtualClock, type VirtualClock } from "roomline/testing";
import type { NetworkGiven } from "../../shared/network/conditions.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import type { ContractNetwork } from "../transport/contract-network.ts";
import { RecordedEnd } from "../transport/recorded-end.ts";
import { transportContract } from "../transport/transport-contract.ts";

/** A network to a server that takes connections, and that says everything back when it is told to. */
function start(conditions: NetworkGiven, options: { readonly echoes?: boolean } = {}) {
  const clock = createVirtualClock();
  const accepted: { readonly end: RecordedEnd; readonly peer: PeerInfo }[] = [];
  const way = createMemoryDialer({
    clock,
    headroomBytes: 3,
    acceptor: {
      accept(transport, peer) {
        const end = new RecordedEnd(transport);
        if (options.echoes === true) end.whenFrame = () => end.send(end.frames.at(-1) ?? "");
        accepted.push({ end, peer });
      },
    },
  });
  const cuts: number[] = [];
  const onCut = (): void => void cuts.push(clock.now());
  const network = emulateNetwork(conditions, { seed: 1, clock, onCut });
  return { clock, way, accepted, cuts, network };
}

/** A client's end, which says when it heard what. */
function dial(network: EmulatedNetwork, way: ReturnType<typeof start>["way"], clock: VirtualClock) {
  const end = new RecordedEnd(network.over(way).dial(new Map([["client-id", "ann"]])));
  const heard: string[] = [];
  end.whenFrame = () => heard.push(`${end.texts.at(-1)} at ${clock.now()}`);
  return { end, heard };
}

for (const [name, conditions] of [
  ["as good as it is", {}],
  ["late by as much as that", { latencyMs: 40, jitterMs: 200 }],
  ["of little bandwidth, and stalls", "lossy"],
] as const) {
  transportContract({
    name: `emulated network, ${name}:`,
    clientReasonsTravel: true,
    breaksReachPausedClients: true,
    createNetwork() {
      const { clock, way, accepted, network } = start(conditions);
      const settle = (): Promise<void> => clock.advanceAsync(20_000);
      const contracted: ContractNetwork = {
        settle,
        async connect() {
          const { end: client } = dial(network, way, clock);
          await settle();
          const { end: server, peer } = accepted.at(-1) ?? assert.fail("nobody came");
          return { client, server, peer };
        },
        async until(condition, what) {
          await settle();
          assert.ok(condition(), what);
        },
        async end() {
          network.cut();
          await settle();
          assert.deepEqual([way.livePairs, clock.pendingTimers, clock.pendingDeferred], [0, 0, 0]);
        },
      };
      return Promise.resolve(contracted);
    },
  });
}

describe("an emulated network", () => {
  test("as good as it is: frames go through at once, and are counted", () => {
    const { clock, way, network } = start({}, { echoes: true });
    const { end, heard } = dial(network, way, clock);
    assert.equal(end.send("hello"), true);
    clock.advance(100);
    assert.deepEqual(heard, ["hello at 0"]);
    assert.deepEqual(network.traffic, { bytesIn: 5, bytesOut: 5 });
    end.transport.close(closeReasons.clientClosed);
    clock.advance(100);
    assert.equal(clock.pendingTimers, 0);
  });

  test("late both ways, each by its own, and in order when the delay shrinks", () => {
    const { clock, way, network } = start(
      { latencyMs: 150, down: { latencyMs: 10 } },
      { echoes: true },
    );
    const { end, heard } = dial(network, way, clock);
    end.send("a");
    clock.advance(50);
    assert.ok(end.transport.bufferedBytes > 0);
    network.change({});
    end.send("b");
    clock.advance(450);
    assert.deepEqual(heard, ["a at 150", "b at 150"]);
    network.change("latencyMs=150");
    end.send("c");
    clock.advance(1_000);
    assert.equal(heard.at(-1), "c at 800");
  });

  test("torn down: what is on its way is lost, and nothing waits any more", () => {
    const { clock, way, network, accepted } = start({ latencyMs: 100 }, { echoes: true });
    const { end } = dial(network, way, clock);
    end.send("lost");
    clock.advance(50);
    end.transport.destroy();
    clock.advance(500);
    assert.deepEqual(end.frames, []);
    assert.equal(end.close.reason, closeReasons.connectionLost);
    assert.equal(accepted[0]?.end.close.reason, closeReasons.connectionLost);
    assert.deepEqual([way.livePairs, clock.pendingTimers], [0, 0]);
  });

  test("torn down while the news of the end is on its way: told once, and soon", () => {
    const { clock, way, network, accepted } = start({ latencyMs: 5_000 });
    const { end } = dial(network, way, clock);
    clock.advance(10);
    accepted[0]?.end.transport.close(closeReasons.draining);
    clock.advance(10);
    end.transport.destroy();
    clock.advance(0);
    assert.equal(end.closes.length, 1);
    clock.advance(10_000);
    assert.equal(end.closes.length, 1);
  });

  test("cuts come by themselves, break both ends, and nobody gets through until they are over", () => {
    const conditions = { cutEveryMs: 10_000, offlineMs: 4_000 };
    const { clock, way, network, accepted, cuts } = start(conditions);
    let [refused, connected] = [0, 0];
    for (let tries = 0; tries < 500; tries++) {
      const { end } = dial(network, way, clock);
      clock.advance(200);
      if (end.closes.length === 1 && accepted.length === connected) {
        refused++;
        assert.equal(end.close.detail, "There is no network.");
        continue;
      }
      connected++;
      // Until it is cut.
      while (end.closes.length === 0) clock.advance(100);
      assert.equal(end.close.reason, closeReasons.connectionLost);
      assert.equal(accepted[connected - 1]?.end.close.reason, closeReasons.connectionLost);
    }
    assert.equal(network.cuts, cuts.length);
    assert.ok(Math.abs(connected - cuts.length) <= 1, `${connected} lived, ${cuts.length} cuts`);
    // 4 s of refused tries for each 10 s of a connection.
    assert.ok(refused / connected > 15 && refused / connected < 25, `${refused} / ${connected}`);
    const lived = (cuts.at(-1) ?? 0) / cuts.length - 4_000;
    assert.ok(lived > 5_000 && lived < 15_000, `${lived} ms between cuts`);
    assert.deepEqual([way.livePairs, clock.pendingTimers], [0, 0]);
  });

  test("a cut by hand: for so long nobody gets through", () => {
    const { clock, way, network, cuts } = start({ latencyMs: 10 });
    const { end } = dial(network, way, clock);
    clock.advance(100);
    network.cut(2_000);
    clock.advance(0);
    assert.equal(end.close.reason, closeReasons.connectionLost);
    assert.deepEqual([network.cuts, cuts], [1, [100]]);
    const { end: early } = dial(network, way, clock);
    clock.advance(1_999);
    assert.equal(early.closes.length, 1);
    clock.advance(1);
    const { end: late } = dial(network, way, clock);
    clock.advance(100);
    assert.equal(late.closes.length, 0);
  });

  test("a sender that is quicker than the line waits, and its frames with it", () => {
    const { clock, way, network, accepted } = start({ bandwidthKbps: 80 });
    const { end } = dial(network, way, clock);
    const frame = new Uint8Array(10_000);
    let sent = 0;
    const send = (): void => {
      do sent++;
      while (sent < 30 && end.send(frame));
    };
    end.whenDrain = send;
    send();
    assert.equal(sent, 7);
    clock.advance(5_000);
    // 10 kB a second: that is how fast it goes, whatever was given.
    assert.equal(accepted[0]?.end.frames.length, 4);
    clock.advance(60_000);
    assert.equal(accepted[0].end.frames.length, 29);
    assert.ok(end.drains > 3);
  });

  test("a reader that stops and goes on from within leaves no timer behind", () => {
    const { clock, way, network, accepted } = start({ latencyMs: 20 });
    const { end } = dial(network, way, clock);
    clock.advance(10);
    end.whenFrame = () => {
      end.transport.pauseReading();
      end.transport.resumeReading();
    };
    for (let count = 0; count < 3; count++) {
      accepted[0]?.end.send(`${count}`);
      clock.advance(1);
    }
    clock.advance(10);
    assert.equal(clock.pendingTimers, 1);
    clock.advance(10);
    assert.deepEqual(end.texts, ["0", "1", "2"]);
    end.transport.destroy();
    clock.advance(0);
    assert.equal(clock.pendingTimers, 0);
  });

  test("a server that is quicker than the line is made to wait", () => {
    const { clock, way, network, accepted } = start({ down: { bandwidthKbps: 80 } });
    const { end } = dial(network, way, clock);
    clock.advance(10);
    const server = accepted[0]?.end ?? assert.fail("nobody came");
    let sent = 0;
    const send = (): void => {
      do sent++;
      while (sent < 60 && server.send(new Uint8Array(10_000).fill(sent)));
    };
    server.whenDrain = send;
    send();
    clock.advance(5_000);
    // The window of the line, and that of the memory pair.
    assert.ok(sent < 24, `${sent} sent`);
    clock.advance(100_000);
    assert.deepEqual(
      end.frames.map(([first]) => first),
      Array.from({ length: 59 }, (_, index) => index + 1),
    );
  });

  for (const [what, call, message] of [
    ["a preset that is none", () => emulateNetwork("trian"), /"trian".*"train"/],
    ["an option that is none", () => emulateNetwork("train", { sed: 1 } as never), /"sed".*"seed"/],
    ["a seed that is none", () => emulateNetwork("train", { seed: -1 }), /seed is -1.*0 or more/],
    ["a change that is none", () => emulateNetwork().change({ latencyMs: -1 }), /latencyMs is -1/],
  ] as const) {
    test(`${what} is refused`, () => {
      assert.throws(call, { code: "invalid-config", message });
    });
  }
});
