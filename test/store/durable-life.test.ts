import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Client, type Session } from "../../client/index.ts";
import { chatContract, durableChat, follow, lobby } from "./durable-chat.ts";
import { orderOf } from "./spoken-order.ts";
import { createStoredWorld } from "./stored-world.ts";

/** A player who talks, and what is known of that. */
interface Talker {
  readonly name: string;
  readonly client: Client;
  readonly session: Session<typeof chatContract>;
  readonly heard: string[];
  sent: number;
  /** How many of these the server has acknowledged. */
  acked: number;
  /** What the room has answered: a number of its own each time. */
  readonly answers: number[];
}

type World = ReturnType<typeof createStoredWorld>;

describe("durable rooms, by seed", () => {
  it("DU-1, DU-2: whatever fails, nothing shown is lost, no input is applied twice, and nobody notices", async () => {
    for (let seed = 1; seed <= 24; seed++) await live(seed);
  });
});

/** Players talk, while the server is ended, killed, and has a disk that is slow or full. */
async function live(seed: number): Promise<void> {
  const world = createStoredWorld({ chat: durableChat([], seed % 2 === 0 ? 20 : 0) }, seed);
  const { random, disk, clock } = world;
  await world.start();
  const talkers: Talker[] = [];
  const doing: Promise<unknown>[] = [];
  const come = async (name: string): Promise<void> => {
    const client = await world.dial(name);
    const session = await client.join(chatContract, lobby).catch(() => client.close());
    // Whoever is turned away, or had not come when the server died, is not there.
    if (session === undefined) return;
    const heard = follow(session);
    talkers.push({ name, client, session, heard, sent: 0, acked: 0, answers: [] });
  };
  for (const name of ["ann", "bob", "cem"]) await world.settled(come(name), 500);
  for (let step = 0; step < 60; step++) {
    const talker = talkers[Math.floor(random() * 3)] ?? assert.fail();
    const said = talker.session.send("say", `${talker.name}:${++talker.sent}`);
    doing.push(said.then(() => talker.acked++));
    if (random() < 0.2) {
      const asked = talker.session.request("ask", null);
      doing.push(asked.then((number) => talker.answers.push(number)));
    }
    if (random() < 0.1) disk.failing = Math.floor(random() * 4);
    if (random() < 0.1) disk.writeMs = Math.floor(random() * 80);
    if (random() < 0.1) doing.push(come(`guest ${step}`));
    await clock.advanceAsync(Math.floor(random() * 120));
    if (random() < 0.1) world.dialer.cut();
    if (random() < 0.15) await fallOver(world, talkers, seed);
  }
  disk.failing = 0;
  await world.settled(Promise.all(doing), 60_000);
  const order = orderOf(talkers, seed);
  const answers = talkers.flatMap((talker) => talker.answers);
  assert.equal(new Set(answers).size, answers.length, `seed ${seed}: no answer is given twice`);
  for (const { name, sent, session } of talkers) {
    const own = order.filter((text) => text.startsWith(`${name}:`));
    const wanted = Array.from({ length: sent }, (_, index) => `${name}:${index + 1}`);
    assert.deepEqual(own, wanted, `seed ${seed}: each once, in order`);
    assert.equal(session.state.counts.get(name)?.n ?? 0, sent, `seed ${seed}`);
  }
  await world.settled(Promise.all(talkers.map(({ client }) => client.close())), 1_000);
  disk.writeMs = 3;
  await world.end();
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
  const shown = orderOf(talkers, seed);
  const acked = talkers.map((talker) => talker.acked);
  const answered = Math.max(0, ...talkers.flatMap((talker) => talker.answers));
  disk.failing = 0;
  disk.writeMs = 3;
  await clock.advanceAsync(Math.floor(random() * 2_000));
  await world.start();
  const room = world.engine.rooms.get("lobby") ?? assert.fail(`seed ${seed}: the room is gone`);
  const { all, asked } = room.context.data as { all: number; asked: number };
  assert.ok(all >= shown.length, `seed ${seed}: shown`);
  assert.ok(asked >= answered, `seed ${seed}: answered`);
  for (const [at, { name }] of talkers.entries()) {
    const row = room.context.state["counts"]?.get(name) as { n: number } | undefined;
    assert.ok((row?.n ?? 0) >= (acked[at] ?? 0), `seed ${seed}: acknowledged`);
    assert.ok(room.context.players.has(name), `seed ${seed}: told to have a seat`);
  }
  await clock.advanceAsync(Math.floor(random() * 600));
}
