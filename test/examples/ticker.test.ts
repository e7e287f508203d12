import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { ticker, tickerRoomId } from "../../examples/ticker/contract.ts";
import { listings, saleIn, wandered, type Random } from "../../examples/ticker/market.ts";
import { tickerRoom } from "../../examples/ticker/room.ts";
import { createSeededRandom } from "../../shared/random.ts";

/** Always the same number. */
const always =
  (value: number): Random =>
  () =>
    value;

test("a price: stays where it is, goes either way, is drawn back, and never reaches nothing", () => {
  assert.equal(wandered(10_000, 10_000, always(0.5)), 10_000);
  assert.ok(wandered(10_000, 10_000, always(0.9)) > 10_000);
  assert.ok(wandered(10_000, 10_000, always(0.1)) < 10_000);
  assert.ok(wandered(20_000, 10_000, always(0.5)) < 20_000);
  assert.equal(wandered(1, 1, always(0)), 1);
});

test("a price: keeps its scale over a day of steps", () => {
  const random = createSeededRandom(7);
  let [lowest, highest, cents] = [Infinity, 0, 10_000];
  for (let step = 0; step < 24 * 60 * 60; step++) {
    cents = wandered(cents, 10_000, random);
    lowest = Math.min(lowest, cents);
    highest = Math.max(highest, cents);
  }
  assert.ok(lowest > 5_000 && highest < 20_000, `${lowest} to ${highest}`);
  assert.ok(highest - lowest > 500, "it moves");
});

test("sales: as many as asked for, of every symbol, 1 unit or more", () => {
  const random = createSeededRandom(3);
  const sales = Array.from({ length: 10_000 }, () => saleIn(0.4, random)).filter(
    (sale) => sale !== undefined,
  );
  assert.ok(Math.abs(sales.length - 4_000) < 200, `${sales.length} sales`);
  assert.equal(new Set(sales.map(({ symbol }) => symbol)).size, listings.length);
  assert.ok(sales.every(({ units }) => Number.isInteger(units) && units >= 1));
});

test("the room: a hundred moves a second, merged into what each player asked for; every trade once", async () => {
  const server = createTestServer({ rooms: { ticker: tickerRoom } });
  const { client } = await server.connect("ann");
  const seat = { roomType: "ticker", roomId: tickerRoomId };
  const session = await server.settle(client.join(ticker, seat));
  const numbers: number[] = [];
  let updates = 0;
  session.on("trade", ({ number }) => numbers.push(number));
  session.onState(() => updates++);
  await server.advance(1_000);
  await server.settle(session.setRate(5));
  const quote = session.state.quotes.get("AURA");
  const before = { updates, changes: quote?.changes ?? 0, trades: numbers.length };
  await server.advance(2_000);
  // Whatever the random numbers, and with them the bytes of a state, are: 11 or 12.
  assert.ok(Math.abs(updates - before.updates - 10) <= 2, `${updates - before.updates} updates`);
  assert.ok(Math.abs((quote?.changes ?? 0) - before.changes - 200) <= 20, "merged, not lost");
  assert.ok(numbers.length - before.trades > 50, "trades are not conflated");
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
  await server.settle(client.close());
  await server.advance(60_000);
  assert.equal(server.usage.rooms, 1, "it stays when nobody is there");
  server.stop();
});
