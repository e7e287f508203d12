import assert from "node:assert/strict";
import { test } from "node:test";
import { planFleet } from "../../cli/load/fleet-plan.ts";
import { Measure } from "../../cli/load/measure.ts";
import { Pacer } from "../../cli/load/pacer.ts";
import { SeatRecord } from "../../cli/load/seat-record.ts";
import { createSeededRandom } from "../../cli/load/seeded-random.ts";

test("a pacer spreads its turns evenly and loses none", () => {
  const pacer = new Pacer(250, 100);
  const turns = [];
  for (let elapsedMs = 0; elapsedMs <= 1_000; elapsedMs += 4) turns.push(pacer.due(elapsedMs));
  assert.equal(
    turns.reduce((sum, due) => sum + due, 0),
    250,
  );
  assert.ok(Math.max(...turns) <= 1);
});

test("a pacer that is late catches up within its bound and counts the rest", () => {
  const pacer = new Pacer(1_000, 50);
  assert.equal(pacer.due(40), 40);
  assert.equal(pacer.due(30), 0);
  assert.equal(pacer.due(1_040), 50);
  assert.equal(pacer.skipped, 950);
  assert.equal(pacer.due(1_050), 10);
});

test("groups of players share their rooms, and no rooms with others", () => {
  const plan = planFleet({ players: 5, roomSize: 2, roomsPerPlayer: 3 }, "run");
  assert.equal(plan.rooms.length, 9);
  assert.equal(new Set(plan.rooms.map(({ id }) => id)).size, 9);
  assert.deepEqual(plan.roomsOf(0), plan.roomsOf(1));
  assert.deepEqual(
    plan.roomsOf(4).map(({ id }) => id),
    ["load-run-2-0", "load-run-2-1", "load-run-2-2"],
  );
});

test("only the active time of the measured window counts", () => {
  const measure = new Measure();
  const record = new SeatRecord(measure);
  record.setActive(true, 0);
  record.noteUpdate();
  measure.open(1_000);
  record.windowOpened(1_000);
  record.noteUpdate();
  record.setActive(false, 1_400);
  record.noteUpdate();
  record.setActive(true, 2_000);
  record.noteUpdate();
  record.windowClosing(3_000);
  measure.close(3_000);
  record.noteUpdate();
  record.setActive(false, 4_000);
  assert.equal(record.updates, 2);
  assert.equal(record.activeSeconds, 1.4);
  assert.equal(measure.seconds, 2);
});

test("an input that waits out a pause is measured apart", () => {
  const measure = new Measure();
  const record = new SeatRecord(measure);
  record.setActive(true, 0);
  measure.open(0);
  const nowMs = performance.now();
  record.noteSent(nowMs - 700);
  record.setActive(false, nowMs - 600);
  record.setActive(true, nowMs - 100);
  record.noteSent(nowMs - 50);
  record.noteSeen(0, 2);
  assert.equal(measure.disturbed.count, 1);
  assert.equal(measure.calm.count, 1);
  assert.ok((measure.disturbed.percentile(50) ?? 0) >= 699);
  assert.ok((measure.calm.percentile(50) ?? 0) >= 49);
});

test("nothing recorded has no percentile; a number never sent is passed over", () => {
  const measure = new Measure();
  measure.open(0);
  new SeatRecord(measure).noteSeen(0, 1_000_000);
  assert.equal(measure.calm.percentile(99), null);
});

test("the same seed makes the same choices", () => {
  const [a, b, c] = [createSeededRandom(7), createSeededRandom(7), createSeededRandom(8)];
  const first = [a(), a(), a()];
  assert.deepEqual(first, [b(), b(), b()]);
  assert.notDeepEqual(first, [c(), c(), c()]);
});
