import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Session } from "../../client/index.ts";
import { follow } from "./durable-chat.ts";
import { den, sleepyChat, sleepyContract, visitor } from "./sleepy-chat.ts";
import { orderOf } from "./spoken-order.ts";
import { createStoredWorld } from "./stored-world.ts";

type World = ReturnType<typeof createStoredWorld>;

/** A player who talks, and is away for longer than its room stays awake. */
interface Talker {
  readonly name: string;
  readonly at: Awaited<ReturnType<typeof visitor>>;
  readonly session: Session<typeof sleepyContract>;
  readonly heard: string[];
  sent: number;
  acked: number;
}

const seeds = Number(process.env["SEEDS"] ?? 24);

describe("rooms that sleep, by seed", () => {
  it("SL-1, SL-2, SL-3, SL-6: whatever fails at whatever moment, nothing shown is lost, nothing applied or due twice", async (t) => {
    let slept = 0;
    for (let seed = 1; seed <= seeds; seed++) slept += await live(seed);
    t.diagnostic(`${slept} times a room has slept`);
    assert.ok(slept > seeds, `${slept}`);
  });
});

/** Returns how often the room has slept. */
async function live(seed: number): Promise<number> {
  const rung: string[] = [];
  const options = { tickRateHz: seed % 2 === 0 ? 20 : 0, sleepAfterMs: 200, resumeWindowMs: 1e9 };
  const world = createStoredWorld({ chat: sleepyChat(rung, options) }, seed);
  const { random, disk, clock } = world;
  await world.start();
  const talkers: Talker[] = [];
  const doing: Promise<unknown>[] = [];
  const some = (max: number): number => Math.floor(random() * max);
  for (const name of ["ann", "bob"]) {
    const at = await visitor(world, name);
    const session = await world.settled(at.client.join(sleepyContract, den), 500);
    talkers.push({ name, at, session, heard: follow(session), sent: 0, acked: 0 });
  }
  let slept = 0;
  for (let step = 0; step < 50; step++) {
    const talker = talkers[some(2)] ?? assert.fail();
    if (random() < 0.5) {
      const said = talker.session.send("say", `${talker.name}:${++talker.sent}`);
      doing.push(said.then(() => talker.acked++));
    }
    if (random() < 0.4) talker.at.goAway();
    else talker.at.comeBack();
    if (random() < 0.15) for (const { at } of talkers) at.goAway();
    if (random() < 0.1) disk.failing = some(3);
    if (random() < 0.1) disk.unreadable = some(3);
    if (random() < 0.2) disk.writeMs = some(80);
    if (random() < 0.2) disk.readMs = some(80);
    await clock.advanceAsync(some(random() < 0.2 ? 3_000 : 200));
    if (world.engine.rooms.asleep.size > 0) slept++;
    if (random() < 0.1) await fallOver(world, talkers, seed);
  }
  Object.assign(disk, { failing: 0, unreadable: 0, writeMs: 3, readMs: 3 });
  for (const { at } of talkers) at.comeBack();
  await world.settled(Promise.all(doing), 60_000);
  await clock.advanceAsync(5_000);
  const all = Math.max(...talkers.map(({ heard }) => heard.length));
  for (const { name, sent, heard, session } of talkers) {
    assert.ok(
      !heard.some((line) => /gap|rejoined|closed/.test(line)),
      `seed ${seed}: ${name} notices`,
    );
    assert.equal(session.state.counts.get(name)?.n ?? 0, sent, `seed ${seed}: ${name}`);
    const said = heard.filter((line) => line.startsWith(`${name}:`));
    const wanted = Array.from({ length: sent }, (_, index) => `${name}:${index + 1}`);
    assert.deepEqual(
      said.map((line) => line.split(" ")[0]),
      wanted,
      `seed ${seed}: each once, in order`,
    );
  }
  orderOf(talkers, seed);
  assert.ok(all > 0);
  await world.settled(Promise.all(talkers.map(({ at }) => at.client.close())), 1_000);
  await world.end(400);
  return slept;
}

/** The server ends or dies, perhaps before it has heard of what is stored, and the next one has all that anybody has seen. */
async function fallOver(world: World, talkers: readonly Talker[], seed: number): Promise<void> {
  const { random, disk, clock } = world;
  if (random() < 0.3) {
    disk.failing = 0;
    await world.end(400);
  } else {
    disk.isHeard = random() < 0.5;
    await clock.advanceAsync(Math.floor(random() * 40));
    await world.crash();
    disk.isHeard = true;
  }
  const shown = orderOf(talkers, seed).length;
  const acked = talkers.map((talker) => talker.acked);
  Object.assign(disk, { failing: 0, unreadable: 0, writeMs: 3, readMs: 3 });
  await clock.advanceAsync(Math.floor(random() * 2_000));
  await world.start();
  const found = world.engine.catalogue.find("den");
  await world.settled(Promise.resolve(found), 100);
  const room = world.engine.rooms.get("den") ?? assert.fail(`seed ${seed}: the room is gone`);
  const { all } = room.context.data as { all: number };
  assert.ok(all >= shown, `seed ${seed}: shown`);
  for (const [at, { name }] of talkers.entries()) {
    const row = room.context.state["counts"]?.get(name) as { n: number } | undefined;
    assert.ok((row?.n ?? 0) >= (acked[at] ?? 0), `seed ${seed}: acknowledged`);
    assert.ok(room.context.players.has(name), `seed ${seed}: told to have a seat`);
  }
}
