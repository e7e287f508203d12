import assert from "node:assert/strict";
import { z } from "zod";
import { connect } from "../../client/connect.ts";
import type { Client } from "../../client/client.ts";
import type { GapInfo, Session } from "../../client/session/session-api.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { createMemoryDialer, type MemoryDialer } from "../../shared/transport/memory-pair.ts";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import type { Transport, TransportDialer } from "../../shared/transport/transport.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { silentLog } from "../../server/observe/log.ts";
import type { Durability } from "../../server/room/room-api.ts";
import { openStore } from "../../server/workers/group-store.ts";
import type { Disk } from "../store/memory-store.ts";
import type { Engine } from "../../server/engine.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import { countingIds } from "../engine/harness.ts";
import type { LinkTrouble } from "./node-link.ts";
import type { SimulatedNodes } from "./nodes.ts";
import { createSite, type Where } from "./site.ts";

const count = json(z.object({ n: z.number() }));

/** A room that counts: everything it does can be checked by counting again. */
export const tallyContract = defineContract({
  inputs: { add: count, ask: withReply(count, count) },
  events: { added: json(z.object({ by: z.string(), n: z.number() })) },
  state: {
    sums: json(z.object({ applied: z.number(), last: z.number() })),
    /** How many inputs of a player have been handled, of whichever kind. */
    handled: json(z.object({ count: z.number() })),
  },
});

/** Who sees the event of a player's n-th input: everybody, the player alone, or everybody else. */
export function seesEvent(receiver: string, by: string, n: number): boolean {
  if (n % 7 === 0) return receiver === by;
  if (n % 11 === 0) return receiver !== by;
  return true;
}

/** What the rooms have done, by `room player`: the inputs in the order they were applied. */
export type Applied = Map<string, number[]>;

/** An event, as its room published it. */
export interface PublishedEvent {
  readonly room: string;
  readonly cursor: number;
  readonly by: string;
  readonly n: number;
}

export function createTallyRoom(
  applied: Applied,
  options: {
    readonly tickRateHz: number;
    readonly entriesMax: number;
    readonly durability?: Durability;
    readonly onPublished?: (event: PublishedEvent) => void;
  },
) {
  const { tickRateHz, entriesMax, onPublished, durability = "volatile" } = options;
  return defineRoom(tallyContract, {
    tickRateHz,
    durability,
    portable: true,
    emptyDelayMs: 1_000,
    log: { entriesMax, bytesMax: 10_000_000, ageMsMax: 3_600_000 },
    onInput: {
      add(room, player, { n }) {
        note(applied, `${room.id} ${player.id}`, n);
        count1(room.state.handled, player.id);
        const sum = room.state.sums.get(player.id) ?? { applied: 0, last: 0 };
        room.state.sums.set(player.id, { applied: sum.applied + 1, last: n });
        const audience = n % 7 === 0 ? { to: player } : n % 11 === 0 ? { except: player } : {};
        const cursor = room.publish("added", { by: player.id, n }, audience);
        onPublished?.({ room: room.id, cursor, by: player.id, n });
      },
      ask(room, player, { n }) {
        note(applied, `${room.id} ${player.id} asks`, n);
        count1(room.state.handled, player.id);
        return { n: n * 2 };
      },
    },
  });
}

function count1(
  table: {
    get(key: string): { count: number } | undefined;
    set(key: string, row: { count: number }): unknown;
  },
  key: string,
): void {
  table.set(key, { count: (table.get(key)?.count ?? 0) + 1 });
}

function note(applied: Applied, key: string, n: number): void {
  const list = applied.get(key);
  if (list === undefined) applied.set(key, [n]);
  else list.push(n);
}

/** A seat, and everything its player saw from it. */
export interface Seat {
  readonly room: string;
  readonly player: string;
  readonly session: Session<typeof tallyContract>;
  /** Events seen, by sender, in order. */
  readonly seen: Map<string, number[]>;
  /** Cursors of the events seen. */
  readonly cursors: Set<number>;
  readonly gaps: GapInfo[];
  sent: number;
  asked: number;
  readonly answers: Map<number, number>;
  refused: number;
  /** Inputs sent, of whichever kind. */
  said: number;
  /** Inputs that were said to be done before the tables showed what they did. */
  readonly early: string[];
}

/** The way to the server. */
export type Breakable = Pick<MemoryDialer, "refusing" | "cut">;

/** One player of the world. */
export interface Member {
  readonly name: string;
  readonly client: Client;
  readonly dialer: Breakable;
  readonly seats: Seat[];
  /** The transport the client is on. */
  transport: () => Transport | undefined;
}

/** A server and its players. */
export interface World {
  readonly clock: Pick<VirtualClock, "setTimer" | "advanceAsync">;
  readonly random: RandomSource;
  readonly members: readonly Member[];
  readonly applied: Applied;
  /** The server dies without a word, and a new one takes its place. */
  restart(): void;
  /** What can befall the way to the rooms, when they are at another node. */
  readonly link?: () => LinkTrouble | undefined;
  /** The nodes, if there are several. */
  readonly nodes?: SimulatedNodes | undefined;
  finish(): Promise<void>;
}

/** A world in one process and in one time, which is not ours. */
export interface SimulatedWorld extends World {
  /** All that was published since the start, in order. */
  readonly published: readonly PublishedEvent[];
  readonly clock: VirtualClock;
  /** The room itself, wherever its players are. */
  roomAtHost(roomId: string): LiveRoom | undefined;
  /** The players' node dies without a word, and a new one takes its place; the rooms live on. */
  edgeDies(): void;
}

/** What a world is like. */
export interface WorldOptions {
  readonly seed: number;
  readonly players: number;
  readonly rooms: readonly { readonly id: string; readonly type: "event" | "ticked" }[];
  readonly entriesMax: number;
  /** Default: at home. */
  readonly where?: Where | undefined;
  /** Whether each room goes on as another instance whenever it has shown its players something. Default false. */
  readonly moves?: boolean | undefined;
  /** Where rooms are kept, which are durable then; at several nodes. Default: they are not. */
  readonly disk?: Disk | undefined;
}

export async function createWorld(options: WorldOptions): Promise<SimulatedWorld> {
  const random = createSeededRandom(options.seed);
  const clock = createVirtualClock();
  const applied: Applied = new Map();
  const published: PublishedEvent[] = [];
  const onPublished = (event: PublishedEvent): void => void published.push(event);
  const { entriesMax, where = "home", moves = false, disk } = options;
  const durability = disk === undefined ? "volatile" : "durable";
  const opened = disk && (await openStore(disk.open(clock), silentLog));
  const config = () =>
    resolveEngineConfig({
      clock,
      random,
      ids: countingIds(),
      ...(disk !== undefined && { log: silentLog }),
      rooms: {
        event: createTallyRoom(applied, { tickRateHz: 0, entriesMax, durability, onPublished }),
        ticked: createTallyRoom(applied, { tickRateHz: 20, entriesMax, durability, onPublished }),
      },
      limits: { inputsPerSecond: 500, inputsBurst: 1_000 },
    });
  const parts = { clock, random, config, moves, opened };
  const site = createSite(where, parts);
  const begun = site.nodes?.store?.begin();
  if (begun !== undefined) await clock.advanceAsync(1_000);
  await begun;
  const members: (Member & { readonly dialer: MemoryDialer })[] = [];
  for (let index = 0; index < options.players; index++) {
    members.push(
      await createMember(`p${index}`, { clock, random, acceptor: site, rooms: options.rooms }),
    );
  }
  const cutAll = (): void => {
    for (const { dialer } of members) dialer.cut();
  };
  return {
    clock,
    random,
    members,
    applied,
    published,
    link: () => site.trouble,
    get nodes() {
      return site.nodes;
    },
    restart() {
      cutAll();
      site.restart();
    },
    roomAtHost: (roomId) => site.room(roomId),
    edgeDies() {
      cutAll();
      site.edgeDies();
    },
    async finish() {
      for (const { client } of members) void client.close();
      await clock.advanceAsync(20_000);
      await site.finish();
      for (const { dialer, name } of members)
        assert.equal(dialer.livePairs, 0, `${name} has a stream`);
    },
  };
}

async function createMember(
  name: string,
  parts: {
    readonly clock: VirtualClock;
    readonly random: RandomSource;
    readonly acceptor: Pick<Engine, "accept">;
    readonly rooms: WorldOptions["rooms"];
  },
): Promise<Member & { readonly dialer: MemoryDialer }> {
  const { clock, random, acceptor, rooms } = parts;
  const dialer = createMemoryDialer({
    acceptor,
    clock,
    latencyMs: 5 + random() * 60,
    highWaterBytes: 4_096,
  });
  let transport: Transport | undefined;
  const remembering: TransportDialer = {
    target: name,
    dial(metadata) {
      transport = dialer.dial(metadata);
      return transport;
    },
  };
  const connecting = connect(name, { clientId: name, dialer: remembering, clock, random });
  await clock.advanceAsync(1_000);
  const client = await connecting;
  const seats: Seat[] = [];
  for (const { id, type } of rooms) {
    const joining = client.join(tallyContract, { roomId: id, roomType: type });
    let isThere = false;
    void joining.then(() => (isThere = true));
    await clock.advanceAsync(500);
    // Across a slow link it takes longer.
    for (let waits = 0; waits < 100 && !(isThere as boolean); waits++)
      await clock.advanceAsync(500);
    seats.push(watchSeat(id, await joining, name));
  }
  return { name, client, dialer, seats, transport: () => transport };
}

/** Takes note of what a player sees from a seat. */
export function watchSeat(
  room: string,
  session: Session<typeof tallyContract>,
  player: string,
): Seat {
  const seen = new Map<string, number[]>();
  const gaps: GapInfo[] = [];
  const cursors = new Set<number>();
  session.on("added", ({ by, n }, { cursor }) => {
    note(seen, by, n);
    cursors.add(cursor);
  });
  session.onGap((gap) => gaps.push(gap));
  return {
    room,
    player,
    session,
    seen,
    cursors,
    gaps,
    sent: 0,
    asked: 0,
    answers: new Map(),
    refused: 0,
    said: 0,
    early: [],
  };
}
