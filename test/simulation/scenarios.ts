import assert from "node:assert/strict";
import { closeReasons } from "../../shared/close-reason.ts";
import { pick } from "./chance.ts";
import { calm, live, movingWeather, roughWeather, type Weather } from "./chaos.ts";
import {
  checkEvents,
  checkGaps,
  checkInputs,
  checkOnceInOrder,
  checkState,
  checkTruth,
  upTo,
} from "./checks.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { bytesPerMs, createThinLine, jain } from "./thin-line.ts";
import type { Where } from "./site.ts";
import { createWorld } from "./world.ts";
import { Disk } from "../store/memory-store.ts";

const rooms = [
  { id: "lobby", type: "event" },
  { id: "field", type: "ticked" },
  { id: "hall", type: "event" },
] as const;

/** Between several nodes rooms move. */
function weatherOf(where: Where): Weather {
  return where === "nodes" ? movingWeather : roughWeather;
}

/** A log that holds everything: every event and input exactly once through cuts, stalls and pauses. */
export async function exactlyOnce(
  seed: number,
  where: Where = "home",
  moves = false,
): Promise<void> {
  const world = await createWorld({ seed, players: 5, rooms, entriesMax: 100_000, where, moves });
  await live(world, weatherOf(where), 600);
  await calm(world);
  checkInputs(world);
  checkEvents(world);
  checkState(world);
  await world.finish();
}

/** A log too small: every hole is told, nothing is doubled, and the state is right. Returns how many gaps were told. */
export async function honestGaps(
  seed: number,
  where: Where = "home",
  moves = false,
): Promise<number> {
  const world = await createWorld({ seed, players: 4, rooms, entriesMax: 8, where, moves });
  await live(world, { ...weatherOf(where), cut: 8, stall: 8, pause: 12 }, 600);
  await calm(world);
  checkInputs(world);
  checkState(world);
  checkOnceInOrder(world);
  checkGaps(world);
  const gaps = world.members.flatMap(({ seats }) => seats.flatMap((seat) => seat.gaps)).length;
  await world.finish();
  return gaps;
}

/** Nobody is held up on purpose: whoever is told that an input is done can see what it did. */
export async function truthful(seed: number, where: Where = "home", moves = false): Promise<void> {
  const world = await createWorld({ seed, players: 4, rooms, entriesMax: 100_000, where, moves });
  await live(world, { ...weatherOf(where), ask: 30, stall: 0, pause: 0, rate: 0 }, 400);
  await calm(world);
  checkInputs(world);
  checkTruth(world);
  await world.finish();
}

/** The server dies and comes back with nothing: everybody is back, has been told once, and goes on. */
export async function restart(seed: number, where: Where = "home", moves = false): Promise<void> {
  const world = await createWorld({ seed, players: 4, rooms, entriesMax: 100_000, where, moves });
  await live(world, roughWeather, 200);
  await calm(world);
  const before = world.members.map(({ seats }) => seats.map(({ gaps }) => gaps.length));
  world.restart();
  await calm(world);
  for (const [index, { name, client, seats }] of world.members.entries()) {
    assert.equal(client.state, "live", `${name} is back`);
    for (const [place, { room, session, gaps }] of seats.entries()) {
      assert.equal(session.status, "active", `${name} in ${room}`);
      assert.equal(gaps.length, (before[index]?.[place] ?? 0) + 1, `${name} in ${room}: told once`);
      assert.equal(gaps.at(-1)?.reason, "epoch-changed");
    }
  }
  const sentBefore = world.members.map(({ seats }) => seats.map(({ sent }) => sent));
  for (const key of world.applied.keys()) world.applied.set(key, []);
  await live(world, roughWeather, 300);
  await calm(world);
  for (const [index, { name, seats }] of world.members.entries()) {
    for (const [place, { room, sent, refused }] of seats.entries()) {
      const applied = world.applied.get(`${room} ${name}`) ?? [];
      const expected = upTo(sent).slice(sentBefore[index]?.[place] ?? 0);
      assert.deepEqual(applied, expected, `${name} in ${room}: applied once and in order`);
      assert.equal(refused, 0, `${name} in ${room}: nothing was under way at the restart`);
    }
  }
  checkOnceInOrder(world);
  checkState(world);
  await world.finish();
}

/** The node of the players dies, and the rooms live on elsewhere: everybody is back, and has missed nothing. */
export async function edgeDies(seed: number, _where?: Where, moves = false): Promise<void> {
  const world = await createWorld({
    seed,
    players: 4,
    rooms,
    entriesMax: 100_000,
    where: "linked",
    moves,
  });
  await live(world, roughWeather, 200);
  await calm(world);
  world.edgeDies();
  await calm(world);
  for (const { name, client, seats } of world.members) {
    assert.equal(client.state, "live", `${name} is back`);
    for (const { room, session } of seats) {
      assert.equal(session.closeReason?.name, undefined, `${name} in ${room}`);
      assert.equal(session.status, "active", `${name} in ${room}`);
    }
  }
  await live(world, roughWeather, 300);
  await calm(world);
  checkInputs(world);
  checkEvents(world);
  checkState(world);
  await world.finish();
}

/**
 * One of three nodes dies in the middle of everything: whoever was connected to it goes on elsewhere, and rooms that live elsewhere notice
 * nothing; of its own rooms all players are told, and are in new ones (rules ND-5, ND-6).
 */
export async function nodeDies(seed: number, _where?: Where, moves = false): Promise<void> {
  // Half of the time nobody is held up on purpose: then what is told to be done has to be seen, too.
  const isTruthful = seed % 2 === 0;
  const weather = isTruthful
    ? { ...movingWeather, ask: 30, stall: 0, pause: 0, rate: 0 }
    : movingWeather;
  const world = await createWorld({
    seed,
    players: 4,
    rooms,
    entriesMax: 100_000,
    where: "nodes",
    moves,
  });
  const { nodes, random } = world;
  assert.ok(nodes);
  await live(world, weather, 150 + Math.floor(random() * 100));
  const dead = pick(nodes.all, random);
  assert.ok(dead);
  const epochOf = (room: string) => nodes.room(room)?.context.epoch;
  const before = new Map<string, string | undefined>(rooms.map(({ id }) => [id, epochOf(id)]));
  // Also one on its way is somebody's, whoever runs it by then.
  const isLost = (room: string): boolean => nodes.table.findRoom(room)?.node === dead.name.node;
  const lost = new Set(rooms.map(({ id }) => id).filter(isLost));
  if (random() < 0.5) nodes.moveAny();
  nodes.kill(dead);
  await live(world, weather, 200);
  await calm(world);
  for (const { id } of rooms)
    assert.equal(
      epochOf(id) !== before.get(id),
      lost.has(id),
      `${id} ends with its own node alone`,
    );
  for (const { name, client, seats } of world.members) {
    assert.equal(client.state, "live", `${name} is back`);
    for (const { room, session, gaps } of seats) {
      assert.equal(session.status, "active", `${name} in ${room}`);
      const epochs = gaps.filter(({ reason }) => reason === "epoch-changed").length;
      assert.equal(epochs, lost.has(room as never) ? 1 : 0, `${name} in ${room}: told`);
    }
  }
  const members = world.members.map((member) => ({
    ...member,
    seats: member.seats.filter(({ room }) => !lost.has(room as never)),
  }));
  const rest = { ...world, members };
  checkInputs(rest);
  checkEvents(rest);
  checkState(rest);
  checkOnceInOrder(world);
  if (isTruthful) checkTruth(rest);
  await world.finish();
}

/**
 * Nodes die one after the other in the middle of everything, while rooms move and the store is slow or full: durable rooms go on at others,
 * nothing that anybody was shown is lost, nothing is applied twice, and nobody is told (rules DU-2, DU-6).
 */
export async function keptNodesDie(seed: number): Promise<void> {
  const disk = new Disk();
  const world = await createWorld({
    ...{ seed, players: 4, rooms, entriesMax: 100_000, where: "nodes", disk },
  });
  const { nodes, random } = world;
  assert.ok(nodes);
  const epochs = rooms.map(({ id }) => nodes.room(id)?.context.epoch);
  for (let deaths = 0; deaths < 4; deaths++) {
    disk.writeMs = random() * (random() < 0.2 ? 400 : 10);
    if (random() < 0.3) disk.failing = Math.ceil(random() * 10);
    await live(world, movingWeather, 40 + Math.floor(random() * 80));
    const dead = pick(
      nodes.all.filter(({ isDead }) => !isDead),
      random,
    );
    if (random() < 0.5) nodes.moveAny();
    if (dead !== undefined) nodes.kill(dead);
  }
  await live(world, movingWeather, 100);
  disk.failing = 0;
  await calm(world);
  assert.deepEqual(
    rooms.map(({ id }) => nodes.room(id)?.context.epoch),
    epochs,
    "the same lives",
  );
  for (const { name, client, seats } of world.members) {
    assert.equal(client.state, "live", `${name} is back`);
    for (const { room, session, sent, asked, answers, refused } of seats) {
      assert.equal(session.status, "active", `${name} in ${room}`);
      const sum = session.state.sums.get(name);
      assert.deepEqual(
        [sum?.applied ?? 0, sum?.last ?? 0, session.state.handled.get(name)?.count ?? 0],
        [sent, sent, sent + asked],
        `${name} in ${room}: each applied once`,
      );
      assert.deepEqual([answers.size, refused], [asked, 0], `${name} in ${room}: answered`);
    }
  }
  checkEvents(world);
  await world.finish();
  assert.deepEqual([disk.rooms.size, disk.records.size], [0, 0], "left in the store");
}

/** While the link is down one room ends, and another puts a player out: both are told, and nobody else notices. */
export async function endsUnheard(seed: number, _where?: Where, moves = false): Promise<void> {
  const world = await createWorld({
    seed,
    players: 4,
    rooms,
    entriesMax: 100_000,
    where: "linked",
    moves,
  });
  await live(world, roughWeather, 200);
  await calm(world);
  const [out, ...others] = world.members;
  assert.ok(out);
  const link = world.link?.();
  assert.ok(link !== undefined);
  link.refusing = true;
  if (world.random() < 0.5) link.cut();
  else link.vanish();
  world.roomAtHost("lobby")?.expel(out.name, closeReasons.kicked, "Out.");
  world.roomAtHost("hall")?.close(closeReasons.roomClosed, "Over.");
  await world.clock.advanceAsync(world.random() * 5_000);
  link.refusing = false;
  await calm(world);
  for (const { name, seats } of world.members) {
    for (const { room, session } of seats) {
      const ends: Readonly<Record<string, string>> =
        name === out.name ? { hall: "room-closed", lobby: "kicked" } : { hall: "room-closed" };
      const reason: string | undefined = ends[room];
      assert.equal(session.closeReason?.name, reason, `${name} in ${room}`);
    }
  }
  const members = others.map((member) => ({
    ...member,
    seats: member.seats.filter(({ room }) => room !== "hall"),
  }));
  const rest = { ...world, members };
  await live(rest, roughWeather, 200);
  await calm(rest);
  checkInputs(rest);
  checkEvents(rest);
  checkState(rest);
  await world.finish();
}

/**
 * A player in two to ten rooms over a thin line, of which all but the last say more than it takes, in messages of whatever
 * sizes, and the last says little: the busy ones share alike, the quiet one is heard each time (rule BP-6).
 */
export function fairShares(seed: number): void {
  const random = createSeededRandom(seed);
  const busy = 1 + Math.ceil(random() * 8);
  const quietly = 5;
  const everyMs = 3_000;
  // Twice what the line takes meanwhile.
  const wantedBytes = 2 * quietly * everyMs * bytesPerMs;
  const line = createThinLine(busy + 1);
  for (let room = 1; room <= busy; room++) {
    const least = 10 ** (1 + random() * 3);
    const most = least + random() ** 4 * 40_000;
    for (let bytes = 0; bytes < wantedBytes / busy;) {
      const size = Math.ceil(least + random() * (most - least));
      line.publish(room, size);
      bytes += size;
    }
  }
  line.forget();
  for (let event = 1; event <= quietly; event++) {
    line.publish(busy + 1, 20);
    line.bench.clock.advance(everyMs);
    assert.equal(line.got()[busy]?.events, event, "the quiet room waits");
  }
  const shares = line
    .got()
    .slice(0, busy)
    .map(({ bytes }) => bytes);
  assert.ok(jain(shares) >= 0.95, `${jain(shares).toFixed(3)}: ${shares.join(" ")}`);
  line.finish();
}
