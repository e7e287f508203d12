import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSeededRandom } from "../../shared/random.ts";
import { bytesPerMs, createThinLine, jain } from "../simulation/thin-line.ts";

describe("fairness between the rooms of one connection", () => {
  const mixes: readonly (readonly [
    name: string,
    bytesOf: (room: number, chance: number) => number,
  ])[] = [
    ["of one size, small", () => 100],
    ["of one size, each a frame's end", () => 10_000],
    ["large and small", (room) => (room % 2 === 0 ? 20_000 : 200)],
    ["one of them huge", (room) => (room === 1 ? 60_000 : 1_000)],
    ["a power of two each", (room) => 2 ** (room + 7)],
    ["any", (_room, chance) => 50 + Math.floor(chance ** 4 * 40_000)],
  ];
  for (const [name, bytesOf] of mixes) {
    it(`BP-6: eight busy rooms share a thin line, sizes ${name}`, () => {
      const random = createSeededRandom(5);
      const line = createThinLine(8);
      // More than the line takes meanwhile: each room has always something to say.
      for (let room = 1; room <= 8; room++) {
        for (let bytes = 0; bytes < 600_000;) {
          const size = bytesOf(room, random());
          line.publish(room, size);
          bytes += size;
        }
      }
      line.forget();
      line.bench.clock.advance(30_000);
      const shares = line.got().map(({ bytes }) => bytes);
      assert.ok(jain(shares) >= 0.95, `${jain(shares).toFixed(3)}: ${shares.join(" ")}`);
      line.finish();
    });
  }

  it("BP-6: a quiet room waits for a turn of each other room at most, and for what is on its way", () => {
    const line = createThinLine(8);
    for (let room = 1; room <= 7; room++)
      for (let event = 0; event < 200; event++) line.publish(room, 10_000);
    line.forget();
    for (let event = 0; event < 20; event++) {
      line.publish(8, 50);
      line.bench.clock.advance(3_000);
      const quiet = line.got()[7];
      assert.equal(quiet?.events, event + 1);
      // A turn ends with the message that is over the share.
      const waitMs = (7 * (16_384 + 10_000) + 2 * 65_536) / bytesPerMs;
      assert.ok(line.longestMs() <= waitMs, `${line.longestMs()} ms of ${waitMs}`);
    }
    line.finish();
  });

  it("a room alone on a line has all of it", () => {
    const line = createThinLine(2);
    for (let event = 0; event < 100; event++) line.publish(1, 10_000);
    line.forget();
    line.bench.clock.advance(9_000);
    assert.ok((line.got()[0]?.events ?? 0) > 80);
    // Having had much while it was alone costs it nothing when somebody comes.
    for (let event = 0; event < 40; event++) line.publish(2, 10_000);
    for (let event = 0; event < 40; event++) line.publish(1, 10_000);
    line.forget();
    line.bench.clock.advance(3_000);
    const [first, second] = line.got().map(({ events }) => events);
    assert.ok(Math.abs((first ?? 0) - (second ?? 0)) <= 3, `${first} and ${second}`);
    line.finish();
  });
});
