import assert from "node:assert/strict";
import type { RandomSource } from "../../../shared/random.ts";
import { choose, pick } from "../chance.ts";
import { placeNames, type Guest } from "./guest.ts";
import type { CrowdSeat } from "./seat.ts";
import { createCrowd, slowHz, type CrowdWorld } from "./world.ts";

/** What happens, and how often, as weights. */
const deeds = {
  say: 40,
  whisper: 6,
  ask: 8,
  ponder: 5,
  fail: 3,
  point: 6,
  present: 4,
  join: 12,
  leave: 4,
  pause: 5,
  rate: 4,
  cut: 4,
  refuse: 1,
  away: 0.5,
  goodbye: 0.7,
  mistake: 1,
  stall: 2,
  silence: 0.6,
  roam: 2,
  kick: 2,
  lock: 1,
  closeRoom: 1,
  impostor: 2,
  ghost: 1,
  flood: 0.3,
  watchAgain: 2,
  watchCut: 2,
  watchSilence: 0.5,
  wallClock: 0.5,
  standstill: 1,
  link: 2,
} as const;

type Deed = keyof typeof deeds;
type SeatDeed =
  "say" | "whisper" | "ask" | "ponder" | "fail" | "point" | "present" | "leave" | "pause" | "rate";

const stepMsMax = 80;
const calmMs = 60_000;
const rateMs = 10_000;
/** An orderly end waits so long for its peer. */
const doubleMsMax = 4_000;
/** A heartbeat and the time for its answer, and standstills between. */
const silentMsMax = 18_500;
/** Until its room has said what fits on the way, and then the time for sending. */
const deafMsMax = 45_000;

const heartbeat = { body: { case: "heartbeat", value: {} } } as const;

/**
 * Guests, watchers and ghosts do whatever they like beside rooms whose code waits, throws and refuses: whoever has a seat in the
 * end sees what the room has, was told of every hole, and had each input done once; nobody sees what is not for them, nor
 * while paused; and nothing is left.
 */
export async function crowd(
  seed: number,
  where: "home" | "linked" = "home",
  moves = false,
): Promise<void> {
  const world = await createCrowd(seed, where, moves);
  const { clock, random, truth, guests, watcher, engine } = world;
  const doubles = new Map<unknown, number>();
  for (let step = 0; step < 500 && truth.faults.size === 0; step++) {
    act(world, choose(deeds, random));
    await clock.advanceAsync(random() * stepMsMax);
    lookForDoubles(world, doubles);
  }
  for (const guest of guests) {
    guest.dialer.refusing = false;
    guest.line?.resumeReading();
    for (const seat of guest.seats) void seat.resume();
  }
  watcher.dialer.silent = watcher.dialer.down = false;
  if (world.link !== undefined) world.link.refusing = false;
  await clock.advanceAsync(calmMs);
  const accepted = engine.counters.connectionsAccepted;
  await checkRates(world);
  const more = engine.counters.connectionsAccepted - accepted;
  if (more > 0) truth.faults.add(`${more} connections were lost though nothing happened`);
  // What the server seemed to have lost is asked for again.
  for (const { dialer } of guests) dialer.cut();
  truth.isCalm = true;
  await clock.advanceAsync(calmMs);
  for (const { name, client, seats } of guests) {
    assert.equal(client.state, "live", name);
    for (const seat of seats) seat.check();
  }
  for (const [seat, { sent, epoch }] of truth.left) {
    // A room may end, or put somebody out, before it hears that they have left.
    if (truth.ended.has(epoch) || truth.ended.has(seat)) continue;
    const last = truth.last.get(seat) ?? 0;
    if (last < sent) truth.faults.add(`${seat} left after ${sent}, and the room has had ${last}`);
  }
  assert.deepEqual([...truth.faults], []);
  assert.equal(engine.connections.size, guests.length, "connections");
  const held = guests.flatMap(({ seats }) => seats).filter(({ isHeld }) => isHeld).length;
  assert.equal([...engine.sessions.sessions()].length, held, "sessions");
  const seated = [...truth.rooms.values()].reduce((sum, { players }) => sum + players.size, 0);
  assert.equal(seated, held, "seats");
  await world.finish();
  assert.deepEqual([...truth.faults], []);
}

/** Nothing goes wrong, nobody asks anything, and whoever wants less gets no more than that (rule PR-5). */
async function checkRates({ clock, guests, truth, random }: CrowdWorld): Promise<void> {
  const hz = 1 + Math.floor(random() * 5);
  const seats = guests.flatMap((guest) => guest.seats).filter(({ isHeld }) => isHeld);
  for (const [index, seat] of seats.entries()) seat.setRate(index % 2 === 0 ? hz : 0);
  await clock.advanceAsync(5_000);
  const before = seats.map(({ states }) => states);
  await clock.advanceAsync(rateMs);
  for (const [index, { session, states }] of seats.entries()) {
    const came = states - (before[index] ?? 0);
    const roomHz = session.roomType === "slow" ? slowHz : 20;
    const most = index % 2 === 0 ? Math.min(hz, roomHz) : roomHz;
    if (came > (rateMs / 1_000) * most + 1)
      truth.faults.add(`${session.playerId} in ${session.roomId}: ${came} states at ${most} Hz`);
  }
}

/** One who comes back takes over from itself (rule HS-5): the older connection is soon gone. */
function lookForDoubles({ engine, truth, clock }: CrowdWorld, doubles: Map<unknown, number>): void {
  const newest = new Map([...engine.connections].map((one) => [one.clientId, one]));
  for (const one of engine.connections) {
    if (one.clientId === "" || newest.get(one.clientId) === one) continue;
    const sinceMs = doubles.get(one) ?? clock.now();
    doubles.set(one, sinceMs);
    if (clock.now() - sinceMs > doubleMsMax) truth.faults.add(`${one.clientId} is there twice`);
  }
}

function act(world: CrowdWorld, deed: Deed): void {
  const { clock, random, guests, watcher, link } = world;
  const guest = pick(guests, random);
  if (guest === undefined) return;
  const soon = (ms: number, then: () => void) => void clock.setTimer(then, random() * ms);
  switch (deed) {
    case "join":
      return joinSome(guest, random);
    case "cut":
      return guest.cut();
    case "refuse":
    case "away":
      guest.dialer.refusing = true;
      guest.cut();
      if (deed === "away") comesAnew(guest);
      return soon(deed === "away" ? 60_000 : 5_000, () => (guest.dialer.refusing = false));
    case "stall": {
      const { line } = guest;
      line?.pauseReading();
      return soon(5_000, () => line?.resumeReading());
    }
    case "silence":
      comesAnew(guest);
      return guest.fallSilent();
    case "roam":
      return guest.roam();
    case "goodbye":
      return sayGoodbye(world, guest);
    case "mistake":
      return guest.mistake(random() < 0.5 ? "comes twice" : "is lost");
    case "impostor":
      return impersonate(world, guest);
    case "ghost":
      return haunt(world);
    case "flood":
      return flood(world);
    case "watchAgain":
      return watcher.again();
    case "watchCut":
      return watcher.dialer.cut();
    case "watchSilence":
      watcher.dialer.silent = true;
      return soon(40_000, () => {
        watcher.dialer.silent = false;
        watcher.dialer.cut();
      });
    case "wallClock":
      return clock.setWallNow(clock.wallNow() + (random() * 2 - 1) * 7_200_000);
    case "standstill":
      return clock.stall(random() * 2_000);
    case "link":
      if (random() < 0.5) link?.cut();
      else link?.stall(random() < 0.5 ? "edge" : "host", random() * 1_500);
      return;
    case "kick":
    case "lock":
    case "closeRoom":
      return inRoom(world, deed);
    default: {
      const seat = pick(guest.seats, random);
      if (seat?.isHeld === true) onSeat(world, guest, { seat, deed });
      else joinSome(guest, random);
    }
  }
}

function joinSome(guest: Guest, random: RandomSource): void {
  const place = pick(placeNames, random);
  if (place !== undefined) guest.join(place);
}

function onSeat(
  { clock, random }: CrowdWorld,
  guest: Guest,
  { seat, deed }: { readonly seat: CrowdSeat; readonly deed: SeatDeed },
): void {
  switch (deed) {
    case "point":
      return seat.point();
    case "present":
      return seat.present();
    case "leave":
      return guest.leave(seat);
    case "pause":
      void seat.pause(random() < 0.7 ? "buffer" : "skip");
      return void clock.setTimer(() => void seat.resume(), random() * 3_000);
    case "rate":
      return seat.setRate(random() < 0.3 ? 0 : 1 + Math.floor(random() * 15));
    default:
      for (let count = Math.ceil(random() * 3); count > 0; count--) seat.send(deed);
  }
}

/** The program that runs the rooms puts somebody out, or ends one. */
function inRoom({ random, guests, truth }: CrowdWorld, deed: "kick" | "lock" | "closeRoom"): void {
  const room = pick([...truth.rooms.values()], random);
  if (room === undefined) return;
  const seatsThere = guests
    .flatMap(({ seats }) => seats)
    .filter(({ roomId }) => roomId === room.id);
  if (deed === "lock") room.locked = !room.locked;
  else if (deed === "closeRoom") {
    truth.ended.add(room.epoch);
    for (const { session, mayEnd } of seatsThere)
      if (session.position.epoch === room.epoch) mayEnd.add("room-closed");
    room.close("Over.");
  } else {
    const player = pick([...room.players.values()], random);
    if (player === undefined) return;
    for (const seat of seatsThere)
      if (seat.session.sessionId === player.sessionId) seat.mayEnd.add("kicked");
    truth.ended.add(`${player.id} ${player.sessionId}`);
    room.kick(player);
  }
}

/** Somebody says to be a guest who is there. */
function impersonate(world: CrowdWorld, { name }: Guest): void {
  const { engine, random, truth, clock } = world;
  const ofGuest = () => [...engine.connections].find(({ clientId }) => clientId === name);
  const there = ofGuest();
  if (there === undefined) return;
  const impostor = world.ghost(name, random() < 0.5 ? "" : "wrong");
  clock.settle();
  if (impostor.ended === "" || ofGuest() !== there)
    truth.faults.add(`somebody goes by the name of ${name}: ${impostor.ended}`);
  impostor.transport.destroy();
}

/** A client that goes for good takes its seats with it at once (rule CL-2). */
function sayGoodbye({ engine, clock, truth }: CrowdWorld, guest: Guest): void {
  const { name, client, line } = guest;
  if (client.state === "closed") return;
  const { isHeard } = guest;
  const saidAtMs = clock.now();
  void guest.comeAnew();
  if (!isHeard) return;
  clock.setTimer(() => {
    const left = [...engine.sessions.sessions()].filter(
      (session) =>
        session.clientId === name &&
        guest.seats.every(({ session: { sessionId } }) => sessionId !== session.sessionId),
    );
    // Cut on its way, it is not heard.
    if (left.length > 0 && line === guest.line && guest.cutAtMs < saidAtMs)
      truth.faults.add(`${name} is gone, and its seats are not`);
  }, 3_500);
}

/** Its seats may be lost, and new ones refused. */
function comesAnew({ seats }: Guest): void {
  for (const { mayEnd } of seats)
    for (const reason of ["session-expired", "room-closed", "join-refused"]) mayEnd.add(reason);
}

/** Somebody takes a seat, and then says nothing, or reads nothing: either is found out in time (rules HB-1 and BP-2). */
function haunt(world: CrowdWorld): void {
  const { random, clock, engine, truth } = world;
  const name = `ghost ${Math.floor(random() * 1e9)}`;
  const ghost = world.ghost(name, "");
  const roomId = `haunted ${Math.floor(random() * 3)}`;
  const isDeaf = random() < 0.5;
  const isThere = (): boolean => [...engine.connections].some(({ clientId }) => clientId === name);
  /** Answers as if it had heard. */
  const pretend = (): void => {
    if (!isThere()) return;
    ghost.send({ body: { case: "heartbeat", value: { echoMs: 1 } } });
    clock.setTimer(pretend, 1_000);
  };
  clock.setTimer(() => {
    if (ghost.ended !== "") return;
    ghost.send({ sessionId: "1", body: { case: "join", value: { roomId, roomType: "event" } } });
    if (!isDeaf) return;
    ghost.transport.pauseReading();
    pretend();
  }, 100);
  clock.setTimer(
    () => {
      if (!isThere()) return;
      const isSeated = [...engine.sessions.sessions()].some(({ clientId }) => clientId === name);
      // Whom no room has taken is told nothing, and so has nothing to read.
      if (!isDeaf || isSeated)
        truth.faults.add(`${name}, who ${isDeaf ? "reads" : "says"} nothing, stays`);
      ghost.transport.destroy();
    },
    isDeaf ? deafMsMax : silentMsMax,
  );
}

/** Somebody sends far too much, for as long as it may: it is ended for that. */
function flood(world: CrowdWorld): void {
  const { clock, truth } = world;
  const ghost = world.ghost(`flood ${Math.floor(world.random() * 1e9)}`, "");
  let bursts = 0;
  const burst = (): void => {
    if (ghost.ended !== "") return;
    if (++bursts > 400) {
      truth.faults.add("a flood goes on");
      ghost.transport.destroy();
      return;
    }
    ghost.send(...Array.from({ length: 200 }, () => heartbeat));
    clock.setTimer(burst, 100);
  };
  clock.setTimer(burst, 100);
}
