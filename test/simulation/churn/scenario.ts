import assert from "node:assert/strict";
import { connect } from "../../../client/connect.ts";
import type { Client } from "../../../client/client.ts";
import type { Session } from "../../../client/session/session-api.ts";
import { resolveEngineConfig } from "../../../server/config.ts";
import { createMemoryDialer, type MemoryDialer } from "../../../shared/transport/memory-pair.ts";
import { createSeededRandom, type RandomSource } from "../../../shared/random.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import { createVirtualClock, type VirtualClock } from "../../../testing/virtual-clock.ts";
import { countingIds } from "../../engine/harness.ts";
import { choose, pick } from "../chance.ts";
import { createSite, type Where } from "../site.ts";
import { churnContract, createChurnRoom, written, type History } from "./room.ts";

/** What happens, and how often, as weights. */
const deeds = {
  cut: 5,
  stall: 5,
  pause: 5,
  rate: 5,
  come: 8,
  leave: 4,
  link: 5,
  nothing: 10,
} as const;

/** Updates per second of the room that shows less than it does. */
const slowHz = 5;
const places = [
  { roomId: "sea", roomType: "all" },
  { roomId: "bay", roomType: "some" },
] as const;

/** One who looks at the rooms, and compares each state that comes with what the room had at that tick. */
interface Looker {
  readonly client: Client;
  readonly dialer: MemoryDialer;
  readonly transport: () => Transport | undefined;
  readonly sessions: Session<typeof churnContract>[];
}

interface Churn {
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly history: History;
  readonly faults: Set<string>;
  readonly where: Where;
  /** How many states came, by session. */
  readonly states: Map<unknown, number>;
}

/**
 * Rows come and go, and players lag, pause, want less, are cut and come anew: each state that anybody is shown is that of its room at
 * that tick, row by row, whatever patches it was made of (rules ST), and comes no more often than the room shows (rule PR-5).
 */
export async function churn(seed: number, where: Where = "home", moves = false): Promise<void> {
  const random = createSeededRandom(seed);
  const clock = createVirtualClock();
  const churning: Churn = {
    ...{ clock, random, where, history: new Map(), faults: new Set(), states: new Map() },
  };
  const { history, faults } = churning;
  const tombstonesMax = random() < 0.5 ? 4 : 4_096;
  const statePartBytesMax = random() < 0.3 ? 1_024 : 1_048_576;
  const config = () =>
    resolveEngineConfig({
      ...{ clock, random, ids: countingIds() },
      rooms: {
        all: createChurnRoom(history, { random, updateRateHz: 20 }),
        some: createChurnRoom(history, { random, updateRateHz: slowHz }),
      },
      limits: { tombstonesMax, statePartBytesMax },
    });
  const site = createSite(where, { clock, random, config, moves });
  const lookers: Looker[] = [];
  for (const name of ["l0", "l1", "l2"]) lookers.push(await comes(name, churning, site));
  for (let step = 0; step < 300 && faults.size === 0; step++) {
    const looker = pick(lookers, random);
    if (looker !== undefined) act(churning, looker, { deed: choose(deeds, random), site });
    await clock.advanceAsync(random() * 150);
  }
  for (const { sessions, transport } of lookers) {
    transport()?.resumeReading();
    for (const session of sessions) {
      void session.resume().catch(() => undefined);
      void session.setRate(0).catch(() => undefined);
    }
  }
  await clock.advanceAsync(60_000);
  await checkPace(churning, lookers);
  assert.deepEqual([...faults], []);
  for (const { client } of lookers) void client.close();
  await clock.advanceAsync(20_000);
  await site.finish();
}

/** Nobody is in the way: each state of a room comes, and no more than those. */
async function checkPace({ clock, states, faults, where }: Churn, lookers: readonly Looker[]) {
  const seats = lookers.flatMap(({ sessions }) => sessions).filter(isHeld);
  const before = seats.map((session) => states.get(session) ?? 0);
  await clock.advanceAsync(10_000);
  for (const [index, session] of seats.entries()) {
    const came = (states.get(session) ?? 0) - (before[index] ?? 0);
    // What is slow on the way is not made faster here.
    const most = 10 * (session.roomType === "some" ? slowHz : 20) + 1;
    if (came > most || (where === "home" && came < most / 4))
      faults.add(`${session.playerId} in ${session.roomId}: ${came} states, of ${most}`);
  }
}

function isHeld({ status }: Session<typeof churnContract>): boolean {
  return status !== "closed";
}

async function comes(
  name: string,
  { clock, random }: Churn,
  acceptor: Parameters<typeof createMemoryDialer>[0]["acceptor"],
): Promise<Looker> {
  const latencyMs = 1 + random() * 60;
  const dialer = createMemoryDialer({ acceptor, clock, latencyMs, highWaterBytes: 4_096 });
  let transport: Transport | undefined;
  const connecting = connect(name, {
    ...{ clientId: name, clock, random },
    dialer: { target: name, dial: (metadata) => (transport = dialer.dial(metadata)) },
  });
  await clock.advanceAsync(1_000);
  const client = await connecting;
  return { client, dialer, transport: () => transport, sessions: [] };
}

function act(
  churning: Churn,
  looker: Looker,
  {
    deed,
    site,
  }: { readonly deed: keyof typeof deeds; readonly site: ReturnType<typeof createSite> },
): void {
  const { clock, random } = churning;
  const { dialer, sessions } = looker;
  const session = pick(sessions.filter(isHeld), random);
  switch (deed) {
    case "come":
      return look(churning, looker);
    case "leave":
      return void session?.leave().catch(() => undefined);
    case "cut":
      return dialer.cut();
    case "stall": {
      const transport = looker.transport();
      transport?.pauseReading();
      return void clock.setTimer(() => transport?.resumeReading(), random() * 8_000);
    }
    case "pause":
      void session?.pause().catch(() => undefined);
      return void clock.setTimer(
        () => void session?.resume().catch(() => undefined),
        random() * 4_000,
      );
    case "rate":
      return void session?.setRate(Math.floor(random() * 20)).catch(() => undefined);
    case "link":
      if (random() < 0.5) site.trouble?.cut();
      else site.trouble?.stall(random() < 0.5 ? "edge" : "host", random() * 3_000);
      return;
    case "nothing":
  }
}

/** Takes a seat, if it has none there, and compares from then on. */
function look(churning: Churn, { client, sessions }: Looker): void {
  const { random, history, faults, states } = churning;
  const place = pick(places, random);
  if (place === undefined) return;
  if (sessions.some((one) => isHeld(one) && one.roomId === place.roomId)) return;
  client.join(churnContract, place).then(
    (session) => {
      sessions.push(session);
      session.onState(({ tick }) => {
        states.set(session, (states.get(session) ?? 0) + 1);
        const at = `${session.position.epoch} ${tick}`;
        const shown = written(session.state);
        const was = history.get(at);
        if (shown !== was)
          faults.add(`${session.playerId} in ${place.roomId}, ${at}: ${shown} for ${String(was)}`);
      });
    },
    () => undefined,
  );
}
