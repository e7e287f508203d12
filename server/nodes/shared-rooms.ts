import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type {
  Catalogue,
  ListingFeed,
  Question,
  Questions,
  RoomCaller,
  RoomRef,
  RoomRow,
  RoomTypeAbout,
  SeatHold,
  Standings,
  StandingsQuery,
  Wish,
} from "../feed/catalogue.ts";
import type { OfferedRooms } from "../feed/link/edge-peer.ts";
import type { RoomQuery } from "../feed/room-query.ts";
import type { NodeDirectory, RoomClaim } from "./directory.ts";
import { Matchmaker, type MatchedSeat, type MatchOrder, type MatchRoom } from "./matchmaker.ts";
import type { EngineRooms, OwnRooms } from "./own-rooms.ts";
import type { Peers } from "./peers.ts";
import { deciderOf, type Place } from "./placement.ts";
import type { LookingForRooms } from "./lost-copies.ts";
import type { RoomClaims } from "./room-claims.ts";
import type { RoomMoves } from "./room-moves.ts";
import { within } from "./within.ts";

interface SharedRoomsParts {
  readonly node: string;
  readonly isOurs: (claim: RoomClaim) => boolean;
  readonly rooms: EngineRooms;
  readonly own: OwnRooms;
  readonly claims: RoomClaims;
  readonly peers: Peers;
  readonly directory: NodeDirectory;
  readonly lost: Pick<LookingForRooms, "find">;
  readonly moves: Pick<RoomMoves, "settled">;
  readonly place: Place;
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** How often a room may turn out to be elsewhere than it was a moment ago. */
const triesMax = 5;
/** How often, and after what time, is looked for a node that is not known yet. */
const looksMax = 100;
const lookAgainMs = 25;
/** How long a room that is on its way from the store is waited for. */
const settlesWithinMs = 10_000;
/** Whoever has had a room made from another node has still to come. */
const arrivesWithinMs = 30_000;
/** How long the other nodes may take to say what rooms they have. */
const standingsWithinMs = 2_000;

/**
 * The rooms of all nodes of a server: where one is says the directory, where a new one is made says the placement, and who decides which
 * room somebody gets is one node for each type (rules ND-1, ND-3). What is here is answered at once.
 */
export class SharedRooms implements Catalogue {
  readonly listings: ListingFeed;
  readonly #parts: SharedRoomsParts;
  readonly #matchmaker: Matchmaker;

  constructor(parts: SharedRoomsParts) {
    const { rooms, own, peers } = parts;
    this.#parts = parts;
    this.listings = rooms.list;
    this.#matchmaker = new Matchmaker({
      *candidates(roomType) {
        yield* own.ofType(roomType);
        for (const { mirrored, load } of peers.all())
          if (!load.isDraining) yield* mirrored.ofType(roomType);
      },
      maxPlayers: (roomType) => rooms.catalogue.maxPlayers(roomType),
      hold: (room, hold) => this.#hold(room, hold),
      make: (order) => this.#make(order),
    });
  }

  open(query: RoomQuery, caller: RoomCaller, wish?: Wish): RoomRef | Promise<RoomRef> {
    const { rooms, ids } = this.#parts;
    const { roomId, mode } = query;
    if (roomId !== "") {
      return this.#still(roomId, () => {
        const isHere = rooms.host.has(roomId);
        return isHere
          ? rooms.catalogue.open(query, caller, wish)
          : this.#named(query, caller, wish);
      });
    }
    if (mode !== "create") return this.#match({ ...query, mode }, caller, wish);
    return this.#create({ ...query, roomId: ids.id() }, caller, wish);
  }

  find(roomId: string): RoomRef | Promise<RoomRef> {
    return (
      this.#parts.rooms.host.rouse(roomId) ??
      this.#parts.rooms.host.get(roomId) ??
      this.#findCopy(roomId) ??
      this.#findElsewhere(roomId)
    );
  }

  /** The copy that is here, or on its way; undefined: there is none. */
  #findCopy(roomId: string): RoomRef | Promise<RoomRef> | undefined {
    const copy = this.#parts.lost.find(roomId)?.room();
    if (!(copy instanceof Promise)) return copy;
    return copy.catch((thrown: unknown) => {
      // The node that was asked has died.
      if (RoomlineError.from(thrown).code !== "unavailable") throw thrown;
      return this.#findElsewhere(roomId);
    });
  }

  reserve(roomId: string, hold: SeatHold): string | Promise<string> {
    const { host, catalogue } = this.#parts.rooms;
    return this.#still(roomId, () => {
      if (isThere(host, roomId)) return catalogue.reserve(roomId, hold);
      return this.#elsewhere(roomId, (rooms) => rooms.reserve(roomId, hold));
    });
  }

  ask<K extends keyof Questions>(
    roomId: string,
    question: Question<K>,
  ): Questions[K]["answer"] | Promise<Questions[K]["answer"]> {
    const { host, catalogue } = this.#parts.rooms;
    return this.#still(roomId, () => {
      if (isThere(host, roomId)) return catalogue.ask(roomId, question);
      return this.#elsewhere(roomId, (rooms) => rooms.ask(roomId, question));
    });
  }

  types(roomType: string): readonly RoomTypeAbout[] {
    return this.#parts.rooms.catalogue.types(roomType);
  }

  async standings(which: StandingsQuery): Promise<Standings> {
    const { rooms, peers, node } = this.#parts;
    const own = rooms.catalogue.standings(which);
    if (which.node === node) return own;
    const { answers, missing } = await peers.askAll("standings", which, {
      withinMs: standingsWithinMs,
      ...(which.node !== undefined && { nodes: [which.node] }),
    });
    const all = which.node === undefined ? [{ node, answer: own }, ...answers] : answers;
    const found = all.flatMap(({ answer }) => answer.rooms);
    if (which.order === "players") found.sort((a, b) => b.players - a.players);
    else found.sort((a, b) => a.createdAtMs - b.createdAtMs);
    const total = all.reduce((sum, { answer }) => sum + answer.total, 0);
    return { rooms: found.slice(0, which.max), total, ...(missing.length > 0 && { missing }) };
  }

  /** What other nodes may ask of the rooms here. */
  get offered(): OfferedRooms {
    const { rooms } = this.#parts;
    const { catalogue } = rooms;
    return {
      open: (query, caller, wish) =>
        this.#still(query.roomId, () => this.#openHere(query, caller, wish)),
      // One that stands still can be read all the same.
      find: (roomId) =>
        rooms.host.rouse(roomId) ??
        rooms.host.get(roomId) ??
        this.#still(roomId, () => catalogue.find(roomId)),
      ask: (roomId, question) => this.#still(roomId, () => catalogue.ask(roomId, question)),
      reserve: (roomId, hold) => this.#still(roomId, () => catalogue.reserve(roomId, hold)),
    };
  }

  /** Asks a room, or for one, when it is not on its way from here or to here: it may be elsewhere by then. */
  #still<T>(roomId: string, ask: () => T | Promise<T>): T | Promise<T> {
    const moving = this.#parts.moves.settled(roomId);
    return moving === undefined ? ask() : moving.then(() => this.#still(roomId, ask));
  }

  /** Another node asks this one to decide. */
  seat(order: MatchOrder): Promise<MatchedSeat> {
    return this.#matchmaker.seat(order);
  }

  /** Makes a room for a match, here. Its type has allowed it. */
  async makeHere({ roomType, options, maker, roomIds = [] }: MatchOrder): Promise<RoomRow> {
    const { ids, own } = this.#parts;
    const query = { roomId: ids.id(), roomType, mode: "create", options } as const;
    const caller = {
      ...{ playerId: "", claims: undefined, isAllowed: true, isOperator: maker === undefined },
      roomIds,
      ...(maker !== undefined && { maker }),
    };
    await this.#openHere(query, caller, { isWanted: true, arrivesWithinMs });
    const row = own.row(query.roomId);
    if (row === undefined) throw unknown("The room closed at once.");
    return row;
  }

  /** A room that is named, and is not here: where it is, or where it is to be. */
  async #named(query: RoomQuery, caller: RoomCaller, wish: Wish | undefined): Promise<RoomRef> {
    const { rooms } = this.#parts;
    const { roomId, roomType, mode } = query;
    const mayMake = mode !== "join" && roomType !== "";
    for (let tries = 0; ; tries++) {
      const host = await this.#hostOf(roomId);
      if (wish?.isWanted === false) throw unwanted();
      try {
        if (host === "here") return await this.#openHere(query, caller, wish);
        if (host !== "nowhere") return await host.open(query, caller, wish);
        if (mayMake) return await this.#create(query, caller, wish);
        // It is not there, which is for this one to say.
        return await rooms.catalogue.open(query, caller, wish);
      } catch (thrown) {
        // It may have ended just now, and be somewhere else by then; or its node is about to.
        const { code } = RoomlineError.from(thrown);
        const isGone = code === "unknown-room" || code === "draining";
        if (!isGone || !mayMake || tries >= triesMax) throw thrown;
        await this.#aMoment();
      }
    }
  }

  /** Makes a room, where the placement says; or finds it, if somebody else was first. */
  async #create(query: RoomQuery, caller: RoomCaller, wish: Wish | undefined): Promise<RoomRef> {
    const { node, peers } = this.#parts;
    const placed = this.#place(query.roomType, node);
    const peer = placed === node ? undefined : peers.get(placed);
    if (peer === undefined) return this.#openHere(query, caller, wish);
    return peer.rooms.open(query, caller, wish);
  }

  /** Opens a room that is here, or is made here if nobody has it. */
  async #openHere(query: RoomQuery, caller: RoomCaller, wish?: Wish): Promise<RoomRef> {
    const { claims, isOurs, rooms, moves } = this.#parts;
    const { roomId } = query;
    return claims.during(roomId, async (claim) => {
      const moving = moves.settled(roomId);
      await moving;
      // It has come meanwhile, or has gone: nobody makes another one.
      const isElsewhere = moving !== undefined && rooms.host.hosted(roomId) === undefined;
      if (isElsewhere || !isOurs(claim)) throw unknown(`Room "${roomId}" is at another node.`);
      if (wish?.isWanted === false) throw unwanted();
      return rooms.catalogue.open(query, caller, wish);
    });
  }

  /** Any room of a type with a seat free. */
  async #match(
    query: RoomQuery & { readonly mode: MatchOrder["mode"] },
    caller: RoomCaller,
    wish: Wish | undefined,
  ): Promise<RoomRef> {
    const { rooms, node } = this.#parts;
    await rooms.catalogue.allow(query, caller);
    if (wish?.isWanted === false) throw unwanted();
    const { roomType, options, mode } = query;
    const { playerId, isOperator, maker = `client ${playerId}`, hold } = caller;
    const {
      node: at,
      roomId,
      secret,
    } = await this.#decide({
      ...{ roomType, options, mode, from: node },
      matchKey: rooms.catalogue.matchKey(query),
      hold: hold ?? { playerId, holder: undefined },
      ...(caller.roomIds !== undefined && { roomIds: caller.roomIds }),
      maker: isOperator ? undefined : maker,
    });
    const { feed, inbox } = await (at === node ? rooms.catalogue : this.#peer(at)).find(roomId);
    return { feed, inbox, reservation: secret };
  }

  /** Has the node decide that decides about this type; if it cannot be asked, this one does. */
  async #decide(order: MatchOrder): Promise<MatchedSeat> {
    const { node, peers } = this.#parts;
    const decider = deciderOf(order.roomType, peers.deciders);
    if (decider === node) return this.#matchmaker.seat(order);
    try {
      return await peers.call(decider, "seat", order);
    } catch (thrown) {
      if (RoomlineError.from(thrown).code !== "unavailable") throw thrown;
      return this.#matchmaker.seat(order);
    }
  }

  async #hold({ node, roomId }: MatchRoom, hold: SeatHold): Promise<string> {
    const { own, peers } = this.#parts;
    if (node === this.#parts.node) return (await own.hold(roomId, hold)).secret;
    const { secret, row } = await peers.call(node, "hold", { roomId, hold });
    peers.get(node)?.mirrored.put(row);
    return secret;
  }

  async #make(order: MatchOrder): Promise<MatchRoom> {
    const { own, peers, node } = this.#parts;
    const placed = this.#place(order.roomType, order.from);
    const peer = placed === node ? undefined : peers.get(placed);
    if (peer !== undefined) {
      const made = await peers.call(placed, "make", order).catch((thrown: unknown) => {
        // The node has begun to go since it was last heard of.
        if (RoomlineError.from(thrown).code !== "draining") throw thrown;
      });
      if (made !== undefined) return peer.mirrored.put(made);
    }
    const { roomId } = await this.makeHere(order);
    for (const room of own.ofType(order.roomType)) if (room.roomId === roomId) return room;
    throw unknown("The room closed at once.");
  }

  #place(roomType: string, from: string): string {
    const { place, peers } = this.#parts;
    return place({ roomType, from }, peers.loads);
  }

  /** Asks the node where the room is. */
  async #elsewhere<T>(roomId: string, ask: (rooms: OfferedRooms) => T | Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      const host = await this.#hostOf(roomId);
      if (host === "nowhere") throw unknown(`There is no room "${roomId}".`);
      try {
        return await ask(host === "here" ? this.offered : host);
      } catch (thrown) {
        // It may have gone elsewhere just now.
        if (RoomlineError.from(thrown).code !== "unknown-room" || tries >= triesMax) throw thrown;
        await this.#aMoment();
      }
    }
  }

  /** Finds a room at another node, and at the next one if that dies meanwhile: the store may have the room (rule DU-6). */
  async #findElsewhere(roomId: string): Promise<RoomRef> {
    const { peers } = this.#parts;
    for (let tries = 0; ; tries++) {
      const asked = new Set<OfferedRooms>();
      try {
        return await this.#elsewhere(roomId, (rooms) => {
          asked.add(rooms);
          return rooms.find(roomId);
        });
      } catch (thrown) {
        const isAlive = asked.size === 0 || [...peers.all()].some(({ rooms }) => asked.has(rooms));
        const { code } = RoomlineError.from(thrown);
        if (code !== "unavailable" || isAlive || tries >= triesMax) throw thrown;
      }
    }
  }

  /**
   * Where a room is, by the directory. A node of which this one has not heard yet is waited for, as is the word that it is dead, and a room
   * that is on its way from the store.
   */
  async #hostOf(roomId: string): Promise<"here" | "nowhere" | OfferedRooms> {
    const { directory, isOurs, peers, clock } = this.#parts;
    for (let looks = 0; looks < looksMax; looks++) {
      const claim = await directory.findRoom(roomId);
      if (claim === undefined) return "nowhere";
      if (claim.isOrphan === true) {
        if ((await within(clock, settlesWithinMs, directory.settled())) === undefined) break;
        continue;
      }
      if (isOurs(claim)) return "here";
      const peer = peers.get(claim.node);
      if (peer?.life === claim.life) return peer.rooms;
      await this.#aMoment();
    }
    throw new RoomlineError("unavailable", `The node of room "${roomId}" cannot be reached.`);
  }

  #aMoment(): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.setTimer(resolve, lookAgainMs));
  }

  #peer(node: string): OfferedRooms {
    const peer = this.#parts.peers.get(node);
    if (peer === undefined) throw unknown("The node where the room lived is gone.");
    return peer.rooms;
  }
}

/** Whether the room is open here, or asleep. */
function isThere(host: EngineRooms["host"], roomId: string): boolean {
  return host.get(roomId) !== undefined || host.asleep.get(roomId) !== undefined;
}

function unknown(message: string): RoomlineError {
  return new RoomlineError("unknown-room", message);
}

function unwanted(): RoomlineError {
  return unknown("Nobody wants the room any more.");
}
