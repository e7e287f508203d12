import type { MessageInitShape } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { FactsImage, FactsImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { isShallowJson, jsonDepthMax } from "../../shared/json-depth.ts";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";
import type { RoomTypeConfig } from "./config.ts";
import { membersTable } from "../../shared/contract/presence.ts";
import type { StateTable } from "../state/table.ts";
import type { ExpiringTable } from "./expiring-table.ts";
import type { Member } from "./members/member.ts";
import { metadataJson } from "./members/metadata-json.ts";
import type { RoomAlarms } from "./hooks/alarms.ts";
import type { RoomTimers } from "./hooks/timers.ts";
import type { Player, PublishOptions, Room } from "./room-api.ts";

/** What a room's code may change about it. */
export interface RoomFacts {
  maxPlayers: number;
  metadata: unknown;
  locked: boolean;
  listed: boolean;
  data: unknown;
}

/** What a room says of itself before its code has run. */
export function initialFacts({ maxPlayers, listed }: RoomTypeConfig): RoomFacts {
  return { maxPlayers, metadata: null, locked: false, listed, data: undefined };
}

/** The facts but for the data, for whoever takes the room. */
export function factsImage(facts: RoomFacts) {
  const { maxPlayers, locked, listed, metadata } = facts;
  return {
    ...{ maxPlayers, locked, listed },
    metadataJson: metadataJson(metadata),
  } satisfies MessageInitShape<typeof FactsImageSchema>;
}

/** Takes over what {@link factsImage} gave. */
export function restoreFacts(facts: RoomFacts, image: FactsImage): void {
  facts.maxPlayers = image.maxPlayers;
  facts.locked = image.locked;
  facts.listed = image.listed;
  facts.metadata = image.metadataJson === "" ? null : (JSON.parse(image.metadataJson) as unknown);
}

/** Tables as a room's code writes them. */
type Tables = Readonly<Record<string, StateTable<unknown, unknown>>>;

/** What a context passes on. */
type Given =
  | ("id" | "type" | "epoch" | "log")
  | ("hidden" | "nowMs" | "random" | "touch" | "alarm" | "committed");

/** What a context needs of its room. */
interface RoomContextParts {
  /** What it is given as it is. */
  readonly given: Pick<Room, Given>;
  readonly facts: RoomFacts;
  /** The facts were set. */
  readonly changed: () => void;
  readonly members: ReadonlyMap<string, Member>;
  /** Of the contract, and what the engine adds. */
  readonly tables: Tables;
  /** Those of its tables whose rows go by themselves. */
  readonly expiring: ReadonlyMap<string, ExpiringTable>;
  readonly timers: RoomTimers;
  readonly alarms: RoomAlarms;
  readonly signal: () => AbortSignal;
  readonly term: () => number;
  readonly tick: () => number;
  readonly publish: (kind: string, payload: unknown, options: PublishOptions) => number;
  readonly expel: (playerId: string, reason: CloseReason, detail: string) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** Makes what a room's code sees of its room, and nothing more. */
export function createRoomContext(context: RoomContextParts): Room {
  const { given, facts, members, alarms } = context;
  const { [membersTable]: memberTable, ...tables } = context.tables;
  const say = <K extends keyof RoomFacts>(name: K, value: RoomFacts[K]): void => {
    facts[name] = value;
    context.changed();
  };
  return {
    ...given,
    ...deedsOf(context),
    state: { ...tables, ...Object.fromEntries(context.expiring) },
    members: memberTable as Room["members"],
    players: new PlayerMap(members),
    get data() {
      return facts.data;
    },
    get maxPlayers() {
      return facts.maxPlayers;
    },
    set maxPlayers(value) {
      check("maxPlayers", "a number", typeof value === "number" && !Number.isNaN(value));
      say("maxPlayers", value);
    },
    get metadata() {
      return facts.metadata;
    },
    set metadata(value) {
      checkMetadata(value);
      say("metadata", value);
    },
    get locked() {
      return facts.locked;
    },
    set locked(value) {
      check("locked", "true or false", typeof value === "boolean");
      say("locked", value);
    },
    get listed() {
      return facts.listed;
    },
    set listed(value) {
      check("listed", "true or false", typeof value === "boolean");
      say("listed", value);
    },
    get term() {
      return context.term();
    },
    get tick() {
      return context.tick();
    },
    get alarms() {
      return alarms.all;
    },
    get signal() {
      return context.signal();
    },
  };
}

/** What its code can have it do. */
function deedsOf({ publish, timers, expel, close }: RoomContextParts) {
  return {
    publish: (...[kind, payload, options = {}]: Parameters<Room["publish"]>) =>
      publish(kind, payload, options),
    after: (delayMs, callback) => timers.after(delayMs, callback),
    every: (intervalMs, callback) => timers.every(intervalMs, callback),
    kick: (player, message = "") => expel(player.id, closeReasons.kicked, message),
    close: (message = "") => close(closeReasons.roomClosed, message),
  } satisfies Partial<Room>;
}

/** A list of 500 rooms still fits into one message. */
const metadataBytesMax = 4_096;

function checkMetadata(value: unknown): void {
  if (value === undefined) return;
  const fault = jsonFault(value, "room.metadata");
  if (fault !== undefined) throw new RoomlineError("invalid-use", `${jsonFaultText(fault)}.`);
  const bytes = value === null ? 0 : Buffer.byteLength(JSON.stringify(value));
  check(
    "metadata",
    `of at most ${metadataBytesMax} bytes as JSON, not ${bytes}`,
    bytes <= metadataBytesMax,
  );
  check("metadata", `nested at most ${jsonDepthMax} deep`, isShallowJson(value));
}

/** Whoever looks at a room relies on its facts: what is none fails here, where the mistake is. */
function check(name: string, what: string, isRight: boolean): void {
  if (!isRight) throw new RoomlineError("invalid-use", `room.${name} has to be ${what}.`);
}

/**
 * The room as the `onJoin` of this player sees it: with the player in it from the beginning, though nobody else sees the
 * player before `onJoin` is done.
 */
export function roomForJoiner(
  room: Room,
  members: ReadonlyMap<string, Member>,
  joiner: Member,
): Room {
  const players = new PlayerMap(members, joiner);
  return Object.create(room, { players: { value: players, enumerable: true } }) as Room;
}

/** The members of a room as a read-only map of players. */
class PlayerMap implements ReadonlyMap<string, Player> {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #joiner: Member | undefined;

  constructor(members: ReadonlyMap<string, Member>, joiner?: Member) {
    this.#members = members;
    this.#joiner = joiner;
  }

  get size(): number {
    return this.#members.size + (this.#extra === undefined ? 0 : 1);
  }

  get(id: string): Player | undefined {
    return (
      this.#members.get(id)?.player ?? (this.#extra?.id === id ? this.#extra.player : undefined)
    );
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *keys(): MapIterator<string> {
    for (const [id] of this.entries()) yield id;
  }

  *values(): MapIterator<Player> {
    for (const [, player] of this.entries()) yield player;
  }

  *entries(): MapIterator<[string, Player]> {
    for (const [id, { player }] of this.#members) yield [id, player];
    if (this.#extra !== undefined) yield [this.#extra.id, this.#extra.player];
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(callback: (player: Player, id: string, map: ReadonlyMap<string, Player>) => void): void {
    for (const [id, player] of this.entries()) callback(player, id, this);
  }

  /** Somebody who is shown and not among the members. */
  get #extra(): Member | undefined {
    const joiner = this.#joiner;
    return joiner?.status === "joining" && !this.#members.has(joiner.id) ? joiner : undefined;
  }
}
