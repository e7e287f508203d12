import { RoomlineError } from "../../shared/errors.ts";
import type {
  Catalogue,
  ListingFeed,
  Question,
  Questions,
  RoomCaller,
  RoomRef,
  RoomTypeAbout,
  SeatHold,
  Standings,
  StandingsQuery,
  Wish,
} from "../feed/catalogue.ts";
import type { RoomQuery } from "../feed/room-query.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import { readClaims } from "../room/claims.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { reportFailure } from "../room/hooks/containment.ts";
import { describeType } from "../room/describe-type.ts";
import type { LiveRoom } from "../room/live-room.ts";
import { answerOf } from "../room/operator.ts";
import type { HookWaits } from "../room/hooks/hook-waits.ts";
import { decide } from "../room/hooks/refusal.ts";
import { Busiest } from "../observe/busiest.ts";
import type { RoomHost } from "./host.ts";
import type { HostedRoom } from "./hosted-room.ts";
import { findRoom, matchKeyOf } from "./matchmaking.ts";
import type { Reservations } from "./reservations.ts";
import type { SleepingRoom } from "./sleeping-room.ts";

interface LocalCatalogueParts {
  readonly types: ReadonlyMap<string, RoomTypeConfig>;
  readonly host: RoomHost;
  readonly listings: ListingFeed;
  readonly reservations: Reservations;
  /** What waits for `authorize`, which is asked before there is a room. */
  readonly waits: HookWaits;
  readonly log: Log;
  readonly counters: Counters;
}

/** A query, the rooms its asker is in, and as whom it counts when a room is made. */
type AskedQuery = RoomQuery & {
  readonly besideIds: RoomCaller["roomIds"];
  readonly maker: string | undefined;
};

/** The rooms of this process: who may have one, which one, and what they are asked. */
export class LocalCatalogue implements Catalogue {
  readonly listings: ListingFeed;
  readonly #parts: LocalCatalogueParts;
  /** What has been told of each type. */
  readonly #abouts = new Map<string, RoomTypeAbout>();

  constructor(parts: LocalCatalogueParts) {
    this.#parts = parts;
    this.listings = parts.listings;
  }

  open(query: RoomQuery, caller: RoomCaller, wish?: Wish): RoomRef | Promise<RoomRef> {
    const type = this.#typeOf(query);
    const allowed = type === undefined ? undefined : this.#allow(type, query, caller);
    const asked = { ...query, besideIds: caller.roomIds, maker: makerOf(caller) };
    if (!(allowed instanceof Promise)) return this.#findAllowed(asked, type, wish);
    return allowed.then(() => {
      if (wish?.isWanted === false) throw unknown("Nobody wants the room any more.");
      return this.#findAllowed(asked, type, wish);
    });
  }

  /**
   * Whether this caller may have a room of the type named, wherever it is; the promise of that when the type's code takes its time.
   * @throws RoomlineError as {@link open}
   */
  allow(query: RoomQuery, caller: RoomCaller): unknown {
    return this.#allow(this.#type(query.roomType), query, caller);
  }

  /** By which options rooms of this type match. @throws RoomlineError `unknown-room-type` */
  matchKey({ roomType, options }: Pick<RoomQuery, "roomType" | "options">): string {
    return matchKeyOf(this.#type(roomType).matchBy, options);
  }

  /** How many players a new room of this type takes. @throws RoomlineError `unknown-room-type` */
  maxPlayers(roomType: string): number {
    return this.#type(roomType).maxPlayers;
  }

  /** The type with this name. @throws RoomlineError `unknown-room-type` */
  typeOf(roomType: string): RoomTypeConfig {
    return this.#type(roomType);
  }

  find(roomId: string): RoomRef | Promise<RoomRef> {
    return this.#awake(roomId, () => this.#roomOf(roomId));
  }

  reserve(roomId: string, hold: SeatHold): string | Promise<string> {
    return this.#awake(roomId, () => this.#hold(this.#roomOf(roomId), hold));
  }

  #hold(room: LiveRoom, hold: SeatHold): string | Promise<string> {
    const secret = this.#parts.reservations.hold(room, hold);
    // Nobody is told of a seat before that is stored (rule DU-1).
    if (room.config.durability !== "durable") return secret;
    return room.context.committed().then(() => secret);
  }

  ask<K extends keyof Questions>(
    roomId: string,
    question: Question<K>,
  ): Questions[K]["answer"] | Promise<Questions[K]["answer"]> {
    return this.#awake(roomId, () => answerOf(this.#roomOf(roomId), question));
  }

  /** Asks for a room, or something of it, once it is awake (rule SL-3). */
  #awake<T>(roomId: string, ask: () => T | Promise<T>): T | Promise<T> {
    const waking = this.#parts.host.rouse(roomId);
    return waking === undefined ? ask() : waking.then(ask);
  }

  types(roomType: string): RoomTypeAbout[] {
    const types = roomType === "" ? [...this.#parts.types.values()] : [this.#type(roomType)];
    return types.map((type) => this.#about(type));
  }

  /** Validators take their time to say what they are, and it does not change. */
  #about(type: RoomTypeConfig): RoomTypeAbout {
    const about = this.#abouts.get(type.type) ?? describeType(type);
    this.#abouts.set(type.type, about);
    return about;
  }

  standings({ roomType, max, order }: StandingsQuery): Standings {
    const { host } = this.#parts;
    let total = 0;
    const some: (LiveRoom | SleepingRoom)[] = [];
    const top = new Busiest<LiveRoom | SleepingRoom>(max);
    // Rooms that wake and sleep are in no order.
    const someMax = host.asleep.size > 0 ? Infinity : max;
    for (const room of host.everyone()) {
      if (roomType !== "" && room.roomType !== roomType) continue;
      total++;
      if (order === "players") top.add(room, room.playerCount);
      else if (some.length < someMax) some.push(room);
    }
    if (host.asleep.size > 0) some.sort((a, b) => a.createdWallMs - b.createdWallMs);
    const rooms = order === "players" ? top.take() : some.slice(0, max);
    return { rooms: rooms.map((room) => room.standing()), total };
  }

  /** The type of the room a query is about; undefined when it names a room that does not exist. */
  #typeOf({ roomId, roomType }: RoomQuery): RoomTypeConfig | undefined {
    return roomType === "" ? this.#parts.host.typeOf(roomId) : this.#type(roomType);
  }

  #allow(type: RoomTypeConfig, query: RoomQuery, caller: RoomCaller): unknown {
    checkContract(type, query.contract);
    return caller.isAllowed === true ? undefined : this.#authorize(type, query, caller);
  }

  /** Lets the `authorize` of a room type decide; operators are not asked (rule LB-5). */
  #authorize(
    type: RoomTypeConfig,
    { roomId, options }: RoomQuery,
    { playerId, claims, isOperator }: RoomCaller,
  ): unknown {
    if (isOperator) return undefined;
    const { waits, log, counters } = this.#parts;
    const hook = {
      name: "authorize",
      failure: "join-refused",
      sentence: "Whether you may join could not be found out.",
    } as const;
    const { definition } = type;
    const call = (): unknown => {
      const read = readClaims(definition, claims, "join-refused");
      const join = { playerId, claims: read, roomType: type.type, roomId, options };
      return definition.authorize?.(join);
    };
    return decide(hook, call, {
      waits,
      report: (handler, thrown) =>
        reportFailure({ log, counters }, { handler, roomType: type.type }, thrown),
    });
  }

  /** For a query that was allowed for rooms of this type. What had no room then has none now. */
  #findAllowed(
    query: AskedQuery,
    type: RoomTypeConfig | undefined,
    wish: Wish | undefined,
  ): RoomRef | Promise<RoomRef> {
    const check = (room: LiveRoom): RoomRef => {
      if (room.config !== type) throw unknown(`There is no room "${query.roomId}" any more.`);
      if (wish?.arrivesWithinMs !== undefined) host.expect(room, wish.arrivesWithinMs);
      return room;
    };
    const { host } = this.#parts;
    const waking = query.mode === "create" ? undefined : host.rouse(query.roomId);
    const found =
      waking === undefined
        ? this.#findOrCreate(query)
        : waking.catch(refuseJoin).then(() => {
            if (wish?.isWanted === false) throw unknown("Nobody wants the room any more.");
            return this.#findOrCreate(query);
          });
    return found instanceof Promise ? found.then(check) : check(found);
  }

  /** The room a joiner gets, made if need be (rules JN-2, JN-3). */
  #findOrCreate(query: AskedQuery): LiveRoom | Promise<LiveRoom> {
    const { roomId, roomType, mode, options } = query;
    const { host } = this.#parts;
    const named = roomId === "" ? undefined : host.hosted(roomId);
    if (roomType === "") {
      if (named === undefined) throw unknown(`There is no room "${roomId}".`);
      return this.#enter(named, query);
    }
    const config = this.#type(roomType);
    if (mode === "create") return this.#create(config, query);
    if (named !== undefined) {
      if (named.room.roomType === roomType) return this.#enter(named, query);
      throw unknown(`Room "${roomId}" is not a "${roomType}" but a "${named.room.roomType}".`);
    }
    const found =
      roomId === ""
        ? findRoom(host.hostedOf(roomType), matchKeyOf(config.matchBy, options))
        : undefined;
    if (found !== undefined) return this.#enter(found, query);
    if (mode === "join-or-create") return this.#create(config, query);
    throw unknown(
      roomId === ""
        ? `There is no room of type "${roomType}" with a seat free.`
        : `There is no room "${roomId}".`,
    );
  }

  #create(config: RoomTypeConfig, query: AskedQuery): LiveRoom | Promise<LiveRoom> {
    const hosted = this.#parts.host.create(config, query);
    if (hosted.making === undefined) return hosted.room;
    hosted.waiting++;
    return hosted.making.finally(() => hosted.waiting--);
  }

  /** Waits for a room that is still being made; when nothing comes of it, looks anew. */
  #enter(hosted: HostedRoom, query: AskedQuery): LiveRoom | Promise<LiveRoom> {
    if (hosted.making === undefined) return hosted.room;
    hosted.waiting++;
    return hosted.making.then(
      (room) => {
        hosted.waiting--;
        return room;
      },
      () => this.#findOrCreate(query),
    );
  }

  /** The type with this name. @throws RoomlineError `unknown-room-type` */
  #type(name: string): RoomTypeConfig {
    const config = this.#parts.types.get(name);
    if (config !== undefined) return config;
    const known = [...this.#parts.types.keys()].join(", ");
    throw new RoomlineError(
      "unknown-room-type",
      `There is no room type "${name}". This server has: ${known === "" ? "none" : known}.`,
    );
  }

  #roomOf(roomId: string): LiveRoom {
    const room = this.#parts.host.get(roomId);
    if (room === undefined) throw unknown(`There is no room "${roomId}".`);
    return room;
  }
}

/** Operators, and the program itself, count as nobody. */
function makerOf({ isOperator, maker, playerId }: RoomCaller): string | undefined {
  return isOperator ? undefined : (maker ?? `client ${playerId}`);
}

/** Whoever has another contract understands nothing of the room (rule JN-9). */
function checkContract({ type, entries }: RoomTypeConfig, name = ""): void {
  if (name === "" || entries.name === "" || name === entries.name) return;
  throw new RoomlineError(
    "contract-mismatch",
    `Room type "${type}" has the contract "${entries.name}", and this is a client of "${name}". ` +
      "Join a room type of that contract, or import the other one.",
  );
}

/** Whoever joins a room that cannot be had back is told so as if it stood still (rule DU-5). */
function refuseJoin(thrown: unknown): never {
  const { code, message, reason } = RoomlineError.from(thrown);
  if (code !== "unavailable") throw thrown;
  throw new RoomlineError("join-refused", message, { reason, cause: thrown });
}

function unknown(message: string): RoomlineError {
  return new RoomlineError("unknown-room", message);
}
