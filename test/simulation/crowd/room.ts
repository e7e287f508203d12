import { z } from "zod";
import { EveryTypeSchema } from "../../gen/roomline/test/v1/every_type_pb.ts";
import { defineContract, json, withReply } from "../../../shared/contract/index.ts";
import type { RandomSource } from "../../../shared/random.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import { defineRoom, type RoomType } from "../../../server/room/define-room.ts";
import type { Player, Room } from "../../../server/room/room-api.ts";
import type { VirtualClock } from "../../../testing/virtual-clock.ts";

const numbered = json(z.object({ n: z.number() }));

/** Everything a room can be told and tell, numbered so that nothing can be missing. */
export const crowdContract = defineContract({
  presence: numbered,
  inputs: {
    say: numbered,
    /** Only the one who says it hears it. */
    whisper: numbered,
    ask: withReply(numbered, json(z.object({ n: z.number(), number: z.number() }))),
    /** The room takes its time. */
    ponder: numbered,
    /** The room's code throws. */
    fail: numbered,
    point: numbered,
  },
  events: {
    said: json(z.object({ by: z.string(), n: z.number(), number: z.number() })),
    pointed: json(z.object({ by: z.string(), n: z.number() })),
  },
  state: {
    members: json(z.object({ last: z.number(), handled: z.number() })),
    board: json(
      z.object({
        text: z.string(),
        score: z.number(),
        tags: z.array(z.string()),
        note: z.optional(z.string()),
      }),
    ),
    things: EveryTypeSchema,
    /** Who has spoken a moment ago. */
    speakers: numbered,
  },
});

type Crowd = typeof crowdContract;
type Input = keyof Crowd["inputs"];
/** The newest input of each member. */
const hidden = { newest: numbered };
export type CrowdRoom = Room<Crowd, { number: number }, unknown, typeof hidden>;

/** What a room has published. */
export interface Published {
  readonly number: number;
  /** Undefined: all. */
  readonly to: string | undefined;
}

/** What rooms did, for those who check it. */
export interface Truth {
  /** Rooms that stand, by id. */
  readonly rooms: Map<string, CrowdRoom>;
  /** By `epoch cursor`. */
  readonly published: Map<string, Published>;
  /** Seats that were ended, by `player session`, and rooms, by epoch. */
  readonly ended: Set<string>;
  /** The newest input that was handled, by `player session`. */
  readonly last: Map<string, number>;
  /** The last input of those who have left, by `player session`. */
  readonly left: Map<string, { readonly sent: number; readonly epoch: string }>;
  /** Ephemerals that were sent. */
  points: number;
  /** Rooms change nothing by themselves any more. */
  isCalm: boolean;
  /** The rooms are at another node than the players. */
  readonly isLinked: boolean;
  /** What should never have happened. */
  readonly faults: Set<string>;
}

/** Seats of a room: one less than there are players. */
export const seatsMax = 3;
const boardMax = 12;
const waitMsMax = 400;
const scribbleMs = 300;

/** A room whose code waits, throws, refuses, and changes rows of all kinds. */
export function createCrowdRoom(
  truth: Truth,
  parts: {
    readonly clock: VirtualClock;
    readonly random: RandomSource;
    readonly tickRateHz: number;
    readonly updateRateHz: number;
    readonly entriesMax: number;
  },
): RoomType {
  const { clock, random, tickRateHz, updateRateHz, entriesMax } = parts;
  const wait = (): Promise<void> =>
    new Promise((resolve) => clock.setTimer(resolve, random() * waitMsMax));
  const publish = (room: CrowdRoom, by: string, n: number, to?: Player): number => {
    const number = ++room.data.number;
    const cursor = room.publish("said", { by, n, number }, to === undefined ? {} : { to });
    truth.published.set(`${room.epoch} ${cursor}`, { number, to: to?.id });
    return number;
  };
  /** Each input of a seat comes once, and after the one before. */
  const note = (room: CrowdRoom, player: Player, n: number, kind: Input): void => {
    const before = room.hidden.newest.get(player.id)?.n;
    room.hidden.newest.set(player.id, { n });
    truth.last.set(`${player.id} ${player.sessionId}`, n);
    if (before !== undefined && n !== before + 1)
      truth.faults.add(`${player.id} in ${room.id}: ${kind} ${n} after ${before}`);
    if (room.players.get(player.id) !== player)
      truth.faults.add(`${player.id} in ${room.id}: an input of a seat that has ended`);
    const { handled: count } = room.state.members.get(player.id) ?? { handled: 0 };
    room.state.members.set(player.id, { last: n, handled: count + 1 });
    room.state.speakers.set(player.id, { n });
  };
  return defineRoom(crowdContract, {
    hidden,
    tickRateHz,
    updateRateHz,
    watchable: true,
    maxPlayers: seatsMax,
    rowTtlMs: { speakers: 2_000 },
    historyOnJoin: 5,
    emptyDelayMs: 2_000,
    log: { entriesMax, bytesMax: 200_000, ageMsMax: 3_600_000 },
    async create(room) {
      if (random() < 0.2) await wait();
      truth.rooms.set(room.id, room as CrowdRoom);
      room.alarm("scribble", scribbleMs, room.epoch);
      return { number: 0 };
    },
    save: (room) => room.data.number,
    load(room, number: number) {
      truth.rooms.set(room.id, room);
      return { number };
    },
    onAlarm: {
      scribble(room, epoch: string) {
        if (truth.rooms.get(room.id)?.epoch !== epoch)
          truth.faults.add(`${room.id}: an alarm of a room that has ended`);
        if (truth.rooms.get(room.id)?.term !== room.term)
          truth.faults.add(`${room.id}: an alarm of an instance that is over`);
        if (!truth.isCalm) scribble(room, random);
        room.alarm("scribble", scribbleMs, epoch);
      },
    },
    async authorize() {
      if (random() < 0.2) await wait();
      if (random() < 0.05) throw new RoomlineError("refused", "Not now.");
    },
    async onJoin(room, player) {
      if (room.locked) truth.faults.add(`${room.id}: ${player.id} comes in, though it is locked`);
      if (room.players.size > seatsMax)
        truth.faults.add(`${room.id}: ${player.id} is one too many`);
      if (random() < 0.3) await wait();
      if (random() < 0.05) throw new RoomlineError("refused", "Not you.");
      if (random() < 0.03) throw new Error("The code of a room fails.");
    },
    onLeave(room, player) {
      room.state.members.delete(player.id);
      room.hidden.newest.delete(player.id);
    },
    onClose(room) {
      truth.rooms.delete(room.id);
    },
    onInput: {
      say(room, player, { n }) {
        note(room, player, n, "say");
        publish(room, player.id, n);
        scribble(room, random);
      },
      whisper(room, player, { n }) {
        note(room, player, n, "whisper");
        publish(room, player.id, n, player);
      },
      async ask(room, player, { n }) {
        note(room, player, n, "ask");
        const number = publish(room, player.id, n);
        if (random() < 0.3) await wait();
        return { n: n * 2, number };
      },
      async ponder(room, player, { n }) {
        note(room, player, n, "ponder");
        await wait();
        scribble(room, random);
      },
      fail(room, player, { n }) {
        note(room, player, n, "fail");
        throw new Error("A handler fails.");
      },
      point(room, player, { n }) {
        room.publish("pointed", { by: player.id, n }, { ephemeral: true, except: player });
      },
    },
  });
}

/** Adds a row, changes one in place, or takes one away. */
function scribble(room: CrowdRoom, random: RandomSource): void {
  const { board } = room.state;
  const key = `row ${Math.floor(random() * boardMax)}`;
  const row = board.get(key);
  const what = random();
  if (row === undefined || what < 0.1) {
    const note = random() < 0.5 ? { note: `of ${key}` } : {};
    board.set(key, { text: key, score: Math.floor(random() * 9), tags: [], ...note });
  } else if (what < 0.3) board.delete(key);
  else if (what < 0.5) row.score += 1;
  else if (what < 0.65) row.text = `${row.text.slice(0, 8)}${Math.floor(random() * 9)}`;
  else if (what < 0.8) row.tags.push(`t${row.tags.length}`);
  else if (row.note === undefined) row.note = "anew";
  else delete row.note;
  tinker(room, random);
}

/** The same with rows that are protobuf. */
function tinker(room: CrowdRoom, random: RandomSource): void {
  const { things } = room.state;
  const key = `thing ${Math.floor(random() * boardMax)}`;
  const row = things.get(key);
  const what = random();
  const some = Math.floor(random() * 5);
  if (row === undefined || what < 0.1) {
    const maybe = random() < 0.5 ? { maybeString: "maybe", maybeInt32: some } : {};
    things.set(key, { aFloat: some, aString: key, ...maybe });
  } else if (what < 0.3) things.delete(key);
  else if (what < 0.45) row.aFloat += 0.5;
  else if (what < 0.6) row.aString = "x".repeat(some * 40);
  else if (what < 0.7) row.words.push(`w${some}`);
  else if (what < 0.8) row.maybeInt32 = row.maybeInt32 === undefined ? some : undefined;
  else if (what < 0.9) row.maybeString = row.maybeString === undefined ? "again" : undefined;
  else row.counts["some"] = some;
}
