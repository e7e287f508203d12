// Rooms with a history under readers that come from anywhere, are slow, cut off and killed. HISTORY_SEEDS=200 for a long look.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Client, JoinOptions, Session } from "../../client/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { moveRoom } from "../../testing/moved-engine.ts";
import { createStoredWorld } from "./stored-world.ts";
import { talk, talkContract, talkRoom } from "./talk.ts";

const seeds = Number(process.env["HISTORY_SEEDS"] ?? 12);

interface Reader {
  readonly name: string;
  readonly client: Client;
  readonly session: Session<typeof talkContract>;
  /** Everything up to here is not for this reader. */
  readonly start: number;
  readonly heard: [cursor: number, text: string][];
  readonly told: string[];
}

/**
 * One run: whatever happens, each reader has each event once, in order, from where it began to the last. Returns how many pages were read.
 */
async function run(seed: number): Promise<number> {
  const random = createSeededRandom(seed);
  const upTo = (max: number): number => Math.floor(random() * max);
  const tickRateHz = upTo(2) * 20;
  const type = talkRoom({ entriesMax: 1 + upTo(20), tickRateHz });
  const world = createStoredWorld({ talk: type }, seed, {
    historyPageBytesMax: 100 + upTo(3_000),
    historyReadsMax: 1 + upTo(4),
  });
  const { clock, disk } = world;
  disk.writeMs = 1 + upTo(20);
  disk.readMs = upTo(60);
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(talkContract, talk), 500);
  /** What ann has heard is what was said; what was told to others she has not. */
  const truth = new Map<number, string>();
  session.on("said", (text, { cursor }) => {
    assert.equal(truth.get(cursor) ?? text, text, "a cursor names one event");
    truth.set(cursor, text);
  });
  let number = 0;
  const sent: Promise<unknown>[] = [];
  const readers: Reader[] = [];
  const say = (): void => {
    const reader = readers[upTo(readers.length * 4)];
    const text = `${++number} ${"x".repeat(upTo(120))}`;
    if (reader === undefined) sent.push(session.send("say", text));
    else sent.push(session.send("tell", { text, to: [reader.name] }));
  };
  const join = async (): Promise<void> => {
    const name = `r${readers.length}`;
    const client = await world.settled(world.dial(name), 3_000);
    const { cursor: head, epoch } = session.position;
    const position = { epoch, cursor: upTo(head + 1) };
    const wish: JoinOptions = random() < 0.5 ? { position } : { history: upTo(head * 2) };
    const slowMs = random() < 0.3 ? upTo(40) : 0;
    const heard: Reader["heard"] = [];
    const told: string[] = [];
    const joining = client.join(talkContract, { ...talk, ...wish }).then((theirs) => {
      const start = theirs.position.cursor;
      theirs.on("said", async (text, { cursor }) => {
        heard.push([cursor, text]);
        if (slowMs > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, slowMs));
      });
      theirs.onGap(({ from, to, reason }) => told.push(`gap ${from}..${to} ${reason}`));
      theirs.onRejoin(() => told.push("rejoined"));
      if (wish.position !== undefined) assert.equal(start, position.cursor);
      readers.push({ name, client, session: theirs, start, heard, told });
    });
    await world.settled(joining, 20_000);
  };
  for (let step = 0; step < 30; step++) {
    const chance = random();
    if (chance < 0.5) for (let times = upTo(25); times > 0; times--) say();
    else if (chance < 0.75 && readers.length < 8) await join();
    else if (chance < 0.87) world.dialer.cut();
    else if (chance < 0.94) {
      const reader = readers[upTo(readers.length)];
      if (reader !== undefined) {
        void reader.session.pause();
        await clock.advanceAsync(upTo(300));
        void reader.session.resume();
      }
    } else if (chance < 0.97) {
      const room = world.engine.rooms.get("talk");
      if (room?.isQuiet === true) moveRoom(world.engine, room);
    } else {
      if (random() < 0.7) await world.crash();
      else await world.end();
      await world.start();
    }
    await clock.advanceAsync(upTo(600));
  }
  await clock.advanceAsync(60_000);
  await world.settled(Promise.all(sent), 20_000);
  for (const { name, start, heard, told } of readers) {
    const who = `seed ${seed}, ${name}`;
    assert.deepEqual(told, [], who);
    const cursors = heard.map(([cursor]) => cursor);
    assert.deepEqual(
      cursors,
      [...new Set(cursors)].sort((a, b) => a - b),
      `${who}: in order, once`,
    );
    const public_ = heard.filter(([cursor]) => truth.has(cursor));
    const wanted = [...truth].filter(([cursor]) => cursor > start);
    assert.deepEqual(public_, wanted, who);
  }
  assert.equal(
    truth.size + readers.reduce((sum, { heard }) => sum + privateOf(heard, truth), 0),
    number,
  );
  await world.settled(
    Promise.all([ann.close(), ...readers.map(({ client }) => client.close())]),
    2_000,
  );
  await world.end();
  return disk.reads;
}

/** How many events only this reader has heard. */
function privateOf(heard: Reader["heard"], truth: ReadonlyMap<number, string>): number {
  return heard.filter(([cursor]) => !truth.has(cursor)).length;
}

describe("histories, simulated", () => {
  it(`HI-1, HI-2: ${seeds} runs: cuts in the middle of pages, slow readers, crashes, moves, rooms that tick on: nothing lost or doubled`, async () => {
    let reads = 0;
    for (let seed = 1; seed <= seeds; seed++) reads += await run(seed);
    assert.ok(reads > seeds * 10, `${reads} pages were read`);
  });
});
