import {
  connect,
  createGrpcDialer,
  createWebSocketDialer,
  emulateNetwork,
  type Client,
  type ClientLog,
  type EmulatedNetwork,
  type GrpcTlsOptions,
} from "roomline/client";
import { joinArena } from "./arena-seat.ts";
import { joinChat } from "./chat-seat.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { LoadOptions } from "./load-options.ts";
import type { Measure } from "./measure.ts";
import { Player } from "./player.ts";
import { SeatRecord } from "./seat-record.ts";
import type { Random } from "./seeded-random.ts";
import type { RoomRecord, Seat } from "./seat.ts";
import type { Tally } from "./tally.ts";

/** Players that are on their way in at the same time. */
const connectingMax = 64;

const silentLog: ClientLog = { debug() {}, info() {}, warn() {} };

interface FleetParts {
  readonly options: LoadOptions;
  readonly tls: GrpcTlsOptions | undefined;
  readonly plan: FleetPlan;
  readonly run: string;
  readonly measure: Measure;
  readonly tally: Tally;
  readonly random: Random;
  /** Of the run: the network of each player has one of its own by it. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onJoined: (players: number) => void;
}

/**
 * Connects all players and seats them in their rooms. Rejects with what stopped the first of them; then all are gone
 * again.
 */
export async function assembleFleet(parts: FleetParts): Promise<readonly Player[]> {
  const { options, signal, onJoined } = parts;
  const players: Player[] = [];
  const startMs = performance.now();
  let next = 0;
  const join = async (): Promise<void> => {
    const index = next++;
    const dueMs = startMs + (index / options.players) * options.rampSeconds * 1_000;
    await sleep(dueMs - performance.now());
    if (signal.aborted) return;
    players.push(await createPlayer(parts, index));
    onJoined(players.length);
  };
  const work = async (): Promise<void> => {
    while (next < options.players && !signal.aborted) await join();
  };
  try {
    // One alone: when there is no server, one try is enough to know.
    await join();
    await Promise.all(Array.from({ length: connectingMax }, work));
    signal.throwIfAborted();
  } catch (error) {
    next = options.players;
    await disband(players);
    throw error;
  }
  return players;
}

/** Says goodbye for all players. */
export async function disband(players: readonly Player[]): Promise<void> {
  await Promise.all(players.map((player) => player.leave()));
}

async function createPlayer(parts: FleetParts, index: number): Promise<Player> {
  const { plan, tally, measure, options } = parts;
  const conditions = options.networks[index % options.networks.length] ?? "";
  let player: Player | undefined;
  // Nothing is cut before everybody is there: then a cut is one of a player.
  const network = emulateNetwork(withoutCuts(conditions), {
    seed: seedOf(parts.seed, index),
    onCut: () => player?.wasCut(performance.now()),
  });
  measure.count(network.traffic);
  const client = await dial(parts, network, index);
  const join = async (room: RoomRecord): Promise<Seat> => {
    const record = new SeatRecord(measure);
    const seatParts = { client, room, record, phase: parts.random() };
    const isArena = parts.options.roomType === "arena";
    const seat = await (isArena ? joinArena(seatParts) : joinChat(seatParts));
    room.seats.push(seat);
    return seat;
  };
  try {
    const rooms = plan.roomsOf(index);
    const seats = await Promise.all(rooms.map(join));
    player = new Player({ client, network, conditions, tally, seats, rooms });
    return player;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Connects a newcomer, who is in no room yet. */
export function connectNewcomer(parts: DialParts): Promise<Client> {
  return dial(parts, undefined, "audit");
}

function withoutCuts(conditions: string): string {
  return [conditions, "cutEveryMs=Infinity"].filter((part) => part !== "").join(",");
}

/** The same for the same player of the same run, and another for each. */
function seedOf(run: number, index: number): number {
  return (run + Math.imul(index + 1, 0x9e3779b1)) >>> 0;
}

type DialParts = Pick<FleetParts, "options" | "tls" | "run" | "tally">;

function dial(
  parts: DialParts,
  network: EmulatedNetwork | undefined,
  name: number | string,
): Promise<Client> {
  const { options, tls, run, tally } = parts;
  const createDialer = /^(wss?|https?):/.test(options.url)
    ? createWebSocketDialer
    : createGrpcDialer;
  return connect(options.url, {
    clientId: `load-${run}-${name}`,
    connectTimeoutMs: options.connectTimeoutMs,
    dialer: (target) => createDialer({ target, ...(tls !== undefined && { tls }) }),
    ...(network !== undefined && { network }),
    log: silentLog,
    onError(error, where) {
      const what = error instanceof Error ? error.message : String(error);
      // The session's name differs, the mistake is the same.
      tally.faults.add(`${where.replace(/session \w+/, "session")}: ${what}`);
    },
  });
}

function sleep(milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
