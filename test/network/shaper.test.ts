import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { resolveNetwork, type NetworkConditions } from "../../shared/network/conditions.ts";
import { createNetworkShaper, type Direction } from "../../shared/network/shaper.ts";

const shape = (conditions: NetworkConditions, seed = 1, startMs = 0) =>
  createNetworkShaper(resolveNetwork("test", conditions), seed, startMs);

const anyLine = {
  latencyMs: fc.integer({ min: 0, max: 500 }),
  jitterMs: fc.integer({ min: 0, max: 500 }),
  bandwidthKbps: fc.integer({ min: 8, max: 100_000 }),
  stallEveryMs: fc.integer({ min: 10, max: 5_000 }),
  stallMs: fc.integer({ min: 0, max: 2_000 }),
};
const anyConditions = fc.record(
  {
    ...anyLine,
    up: fc.record(anyLine, { requiredKeys: [] }),
    cutEveryMs: fc.integer({ min: 10, max: 9_000 }),
  },
  { requiredKeys: [] },
);
const anyFrames = fc.array(
  fc.record({
    direction: fc.constantFrom<Direction>("up", "down"),
    afterMs: fc.integer({ min: 0, max: 300 }),
    bytes: fc.integer({ min: 0, max: 20_000 }),
    /** What is done by hand before it, now and then. */
    deed: fc.constantFrom("none", "none", "none", "stall", "change"),
  }),
  { maxLength: 60 },
);

describe("a network shaper", () => {
  it("keeps the order in each direction, takes the time it has to, and decides the same again", () => {
    fc.assert(
      fc.property(
        anyConditions,
        anyConditions,
        anyFrames,
        fc.nat(),
        (first, second, frames, seed) => {
          const [one, other] = [shape(first, seed), shape(first, seed)];
          const last = { up: 0, down: 0 };
          let [nowMs, conditions] = [0, first];
          for (const { direction, afterMs, bytes, deed } of frames) {
            nowMs += afterMs;
            for (const shaper of [one, other]) {
              if (deed === "stall") shaper.stall(nowMs, 700);
              if (deed === "change") shaper.change(resolveNetwork("test", second), nowMs);
            }
            if (deed === "change") conditions = second;
            const arrivesMs = one.pass(direction, bytes, nowMs);
            assert.equal(other.pass(direction, bytes, nowMs), arrivesMs);
            assert.equal(other.nextCutMs(nowMs), one.nextCutMs(nowMs));
            const { [direction]: line } = resolveNetwork("test", conditions);
            const leastMs = line.latencyMs + (bytes * 8) / line.bandwidthKbps;
            assert.ok(arrivesMs >= nowMs + leastMs - 1e-6, "too quick");
            assert.ok(arrivesMs >= last[direction], "overtaken");
            last[direction] = arrivesMs;
          }
        },
      ),
    );
  });

  it("another seed decides otherwise", () => {
    const arrivals = (seed: number) => {
      const shaper = shape({ jitterMs: 100 }, seed);
      return [0, 1_000, 2_000].map((nowMs) => shaper.pass("up", 1, nowMs));
    };
    assert.notDeepEqual(arrivals(1), arrivals(2));
  });

  it("bandwidth makes frames wait for each other, each direction for its own", () => {
    const shaper = shape({ bandwidthKbps: 8, latencyMs: 50, down: { bandwidthKbps: 80 } });
    assert.equal(shaper.pass("up", 100, 0), 150);
    assert.equal(shaper.pass("up", 200, 10), 350);
    assert.equal(shaper.pass("down", 100, 10), 70);
    assert.equal(shaper.pass("up", 1, 1_000), 1_051);
  });

  it("jitter is spread over its whole range", () => {
    const shaper = shape({ latencyMs: 10, jitterMs: 100 });
    const delays = Array.from({ length: 1_000 }, (_, index) => {
      const nowMs = index * 1_000;
      return shaper.pass("down", 1, nowMs) - nowMs;
    });
    assert.ok(Math.min(...delays) >= 10 && Math.min(...delays) < 12);
    assert.ok(Math.max(...delays) <= 110 && Math.max(...delays) > 108);
  });

  it("stalls come as often and last as long as was said, and what comes in one waits for its end", () => {
    const shaper = shape({ stallEveryMs: 2_000, stallMs: 500 });
    const lastsMs = 2_000_000;
    let [stalled, stalls, isStalled] = [0, 0, false];
    for (let nowMs = 0; nowMs < lastsMs; nowMs += 10) {
      const arrivesMs = shaper.pass("down", 1, nowMs);
      const waits = arrivesMs > nowMs;
      assert.ok(arrivesMs - nowMs <= 750);
      if (waits) stalled += 10;
      if (waits && !isStalled) stalls++;
      isStalled = waits;
    }
    const expected = lastsMs / 2_500;
    assert.ok(Math.abs(stalls - expected) < expected * 0.1, `${stalls} stalls`);
    assert.ok(Math.abs(stalled / stalls - 500) < 50, `${stalled / stalls} ms`);
  });

  it("what is being sent when a stall comes goes on after it", () => {
    const [seed, conditions] = [3, { bandwidthKbps: 8, stallEveryMs: 1_000, stallMs: 400 }];
    const stall = shape(conditions, seed);
    // 60 s of sending in one frame: all stalls of that time are on top.
    const arrivesMs = stall.pass("up", 60_000, 0);
    assert.ok(arrivesMs > 70_000 && arrivesMs < 100_000, `${arrivesMs}`);
  });

  it("cuts come as often as was said, and last; a network nobody uses costs nothing", () => {
    const shaper = shape({ cutEveryMs: 10_000, offlineMs: 2_000 });
    let [nowMs, cuts, offline] = [0, 0, 0];
    while (nowMs < 10_000_000) {
      const cutMs = shaper.nextCutMs(nowMs);
      assert.ok(cutMs >= nowMs);
      assert.equal(shaper.offlineUntilMs(nowMs), nowMs, "online");
      const untilMs = shaper.offlineUntilMs(cutMs);
      assert.ok(untilMs - cutMs >= 1_000 && untilMs - cutMs <= 3_000);
      cuts++;
      offline += untilMs - cutMs;
      nowMs = untilMs;
    }
    assert.ok(Math.abs(cuts - 833) < 80, `${cuts} cuts`);
    assert.ok(Math.abs(offline / cuts - 2_000) < 100);
    assert.equal(shape({}).nextCutMs(1e9), Infinity);
    const idle = shape({ cutEveryMs: 10, stallEveryMs: 10, stallMs: 1 });
    assert.ok(idle.nextCutMs(1e12) >= 1e12);
    assert.ok(idle.pass("up", 1, 1e12) >= 1e12);
  });

  it("a cut by hand lets nothing of before hold up what comes", () => {
    const shaper = shape({ bandwidthKbps: 8, latencyMs: 100 });
    shaper.pass("up", 50_000, 0);
    shaper.cut(1_000, 500);
    assert.equal(shaper.offlineUntilMs(1_200), 1_500);
    assert.equal(shaper.offlineUntilMs(2_000), 2_000);
    assert.equal(shaper.pass("up", 1, 2_000), 2_101);
  });

  it("a stall by hand holds up both directions", () => {
    const shaper = shape({ latencyMs: 10 });
    shaper.stall(100, 1_000);
    assert.equal(shaper.pass("up", 1, 200), 1_110);
    assert.equal(shaper.pass("down", 1, 300), 1_110);
    assert.equal(shaper.pass("down", 1, 1_200), 1_210);
  });
});
