import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ClockSync } from "../../client/connection/clock-sync.ts";
import { createVirtualClock } from "../../testing/index.ts";

const hourMs = 3_600_000;

/** A client whose server's clock is ahead, and what a heartbeat there and back tells it. */
function createSync(aheadMs = 0) {
  const clock = createVirtualClock();
  const server = { wallMs: () => clock.now() + 1_700_000_000_000 + server.aheadMs, aheadMs };
  const sync = new ClockSync(clock);
  sync.restart(clock.now(), server.wallMs());
  const beat = (outMs: number, backMs: number): void => {
    const asked = sync.ask();
    clock.advance(outMs);
    const serverMs = server.wallMs();
    clock.advance(backMs);
    sync.answered(asked, serverMs);
  };
  return { clock, server, sync, beat };
}

suite("client: the server's clock", () => {
  for (const stepMs of [hourMs, -hourMs, 500]) {
    test(`set by ${stepMs / 1_000} s it is followed after one heartbeat, though its round trip be long`, () => {
      const { clock, server, sync, beat } = createSync();
      for (let count = 0; count < 8; count++) beat(1, 1);
      server.aheadMs += stepMs;
      beat(40, 40);
      assert.equal(sync.serverNow(), server.wallMs());
      // Of the samples since then the best counts again.
      beat(2, 0);
      beat(300, 0);
      assert.ok(Math.abs(sync.serverNow() - server.wallMs()) <= 1);
      assert.ok(clock.now() > 0);
    });
  }

  test("drift and round trips that are uneven are no step", () => {
    const { server, sync, beat } = createSync();
    beat(1, 1);
    for (let count = 0; count < 6; count++) {
      server.aheadMs += 2;
      beat(count % 2 === 0 ? 200 : 0, count % 2 === 0 ? 0 : 200);
      assert.ok(Math.abs(sync.serverNow() - server.wallMs()) <= 2 * (count + 1));
    }
  });

  test("the own machine's clock may be set: the server's time stays what it is", () => {
    const { clock, server, sync, beat } = createSync(5_000);
    clock.setWallNow(clock.wallNow() + hourMs);
    assert.equal(sync.serverNow(), server.wallMs());
    beat(10, 10);
    assert.equal(sync.serverNow(), server.wallMs());
    assert.equal(sync.serverNow() - clock.wallNow(), 5_000 - hourMs);
  });

  test("questions of one instant are told apart", () => {
    const { clock, sync } = createSync();
    const [first, second] = [sync.ask(), sync.ask()];
    assert.notEqual(first, second);
    clock.advance(30);
    sync.answered(first, 0);
    assert.equal(sync.rttMs, 30);
    clock.advance(10);
    sync.answered(second, 0);
    assert.equal(sync.rttMs, 40);
  });
});
