import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasonOf, closeReasons } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  Inputs,
  NodeHello,
  NodeMessage,
  OpenFeed,
  RebindSeat,
  SeatChange,
  TakeSeat,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Catalogue, RoomRef, RoomRows } from "../catalogue.ts";
import { answerCall } from "./catalogue-calls.ts";
import { EdgeCalls, type AnswerCall } from "./edge-calls.ts";
import { HostFeed } from "./host-feed.ts";
import { HostSeat } from "./host-seat.ts";
import type { LinkEnd, LinkSource, LinkWriter } from "./link-end.ts";
import { seatErrorOfWire } from "../record-codec.ts";
import { RowsSource } from "./rows-source.ts";

/** Around what is counted of a message. */
const overheadBytes = 64;

/** What a host offers to edges. */
export type OfferedRooms = Pick<Catalogue, "open" | "find" | "ask" | "reserve">;

/** What a host offers, and how. */
export interface Offer {
  readonly rooms: OfferedRooms;
  /** Answers what edges ask. Default: the questions to these rooms ({@link answerCall}). */
  readonly answer?: AnswerCall;
  /** Rows of these rooms, which edges are told of. Default: none are. */
  readonly rows?: RoomRows;
  /** The number of this node's claim to a room (rule ND-2). Default: there are no other nodes. */
  readonly termOf?: (roomId: string) => number | undefined;
}

/**
 * One edge, as the host of rooms knows it: the feeds it reads and the seats its players have. It outlives links: what a lost
 * one had on its way is asked for again on the next, by numbers that make it harmless.
 */
export class EdgePeer implements LinkSource {
  readonly life: string;
  /** How often the edge had given up all it had here. */
  readonly givenUp: number;
  readonly #rooms: OfferedRooms;
  readonly #clock: Clock;
  readonly #termOf: NonNullable<Offer["termOf"]>;
  readonly #feeds = new Map<number, HostFeed>();
  /** Feeds whose rooms are being looked for. */
  readonly #opening = new Set<number>();
  /** Feeds whose rooms are not there, and why, until the edge is told. */
  readonly #missing = new Map<number, string>();
  /** Seats asked for, by call, until the edge has heard what became of it. */
  readonly #joins = new Map<bigint, HostSeat>();
  readonly #calls: EdgeCalls;
  readonly #rows: RowsSource | undefined;
  #link: LinkEnd | undefined;
  #expiry: Timer | undefined;

  constructor(
    { life, givenUp }: Pick<NodeHello, "life" | "givenUp">,
    parts: Offer & { readonly clock: Clock },
  ) {
    this.life = life;
    this.givenUp = givenUp;
    this.#rooms = parts.rooms;
    const { rooms } = parts;
    const answerOwn: AnswerCall = (call) => answerCall(rooms, call);
    this.#calls = new EdgeCalls(parts.answer ?? answerOwn);
    this.#rows = parts.rows && new RowsSource(parts.rows);
    this.#clock = parts.clock;
    this.#termOf = parts.termOf ?? (() => undefined);
  }

  /** How much is held for the edge: all of it is gone when the edge has nothing here. */
  get held(): { readonly feeds: number; readonly calls: number } {
    return { feeds: this.#feeds.size, calls: this.#joins.size + this.#calls.size };
  }

  /** The edge is on this link from now on, and still has these feeds. */
  attach(link: LinkEnd, feeds: readonly number[]): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const older = this.#link;
    this.#leave(link);
    older?.close(closeReasons.superseded, "The edge is on a newer link.");
    const kept = new Set(feeds);
    for (const number of [...this.#feeds.keys()]) if (!kept.has(number)) this.#closeFeed(number);
  }

  /** The link is gone; `onOver` is called when no other came within `graceMs`, and the players are out of their rooms. */
  detach(link: LinkEnd, graceMs: number, onOver: () => void): void {
    if (this.#link !== link) return;
    this.#leave(undefined);
    this.#expiry = this.#clock.setTimer(() => {
      this.end("lost");
      onOver();
    }, graceMs);
  }

  /**
   * The edge is gone for good. `lost`: nobody knows what became of its players, who may come back over another one. `given-up`: it
   * has told them that their seats are over.
   */
  end(how: "lost" | "given-up"): void {
    this.#expiry?.cancel();
    const link = this.#link;
    this.#leave(undefined);
    for (const [number, feed] of [...this.#feeds]) {
      if (how === "lost") for (const seat of [...feed.seats.keys()]) feed.letGo(seat);
      this.#closeFeed(number);
    }
    this.#joins.clear();
    this.#rows?.stop();
    this.#calls.clear();
    link?.close(closeReasons.superseded, "This life of the edge is over.");
  }

  /** The edge says something, on this link. What an older one still brings is worth nothing. */
  onMessage(body: NodeMessage["body"], link: LinkEnd): void {
    if (link !== this.#link) return;
    switch (body.case) {
      case "openFeed":
        this.#openFeed(body.value);
        return;
      case "closeFeed":
        this.#closeFeed(body.value.feed);
        return;
      case "takeSeat":
        this.#takeSeat(body.value);
        return;
      case "rebindSeat":
        this.#rebindSeat(body.value);
        return;
      case "seatChange":
        this.#changeSeat(body.value);
        return;
      case "inputs":
        this.#takeInputs(body.value);
        return;
      case "fetchPatch": {
        const { feed, baseTick, snapshot } = body.value;
        this.#feeds.get(feed)?.fetch(safeNumber(baseTick), snapshot);
        return;
      }
      case "call":
        this.#forget(body.value.openFrom);
        this.#calls.ask(body.value);
        return;
      default:
        // Of a later version, or not for a host.
        return;
    }
  }

  pull(out: LinkWriter): boolean {
    for (const [feed, detail] of this.#missing) {
      if (out.room <= 0) return true;
      this.#missing.delete(feed);
      out.add({ case: "feedClosed", value: { feed, code: 0, detail } }, overheadBytes);
    }
    return false;
  }

  /** The link of before is over: what was to be said on it, the edge asks for again on this one, if there is one. */
  #leave(link: LinkEnd | undefined): void {
    this.#link = link;
    for (const feed of this.#feeds.values()) feed.detach();
    this.#opening.clear();
    this.#missing.clear();
    this.#calls.attach(link);
    this.#rows?.attach(link);
  }

  #openFeed(open: OpenFeed): void {
    const { feed: number, roomId, epoch, cursor, stateTick } = open;
    const link = this.#link;
    const position = { epoch, cursor: safeNumber(cursor), stateTick: safeNumber(stateTick) };
    const begin = (room: RoomRef): void => {
      if (this.#link !== link || link === undefined || !this.#opening.delete(number)) return;
      const feed = this.#feeds.get(number) ?? new HostFeed(number, room, this.#termOf(roomId));
      this.#feeds.set(number, feed);
      feed.attach(link, position);
    };
    const fail = (thrown: unknown): void => {
      if (this.#link !== link || !this.#opening.delete(number)) return;
      const { message: detail } = RoomlineError.from(thrown);
      this.#missing.set(number, detail);
      link?.mark(this);
    };
    this.#opening.add(number);
    const known = this.#feeds.get(number);
    if (known !== undefined) {
      begin(known.room);
      return;
    }
    try {
      const found = this.#rooms.find(roomId);
      if (found instanceof Promise) found.then(begin, fail);
      else begin(found);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** The edge has nobody there any more. */
  #closeFeed(number: number): void {
    this.#opening.delete(number);
    const feed = this.#feeds.get(number);
    if (feed === undefined) return;
    this.#feeds.delete(number);
    feed.stop();
    // Where the room goes on, the edge speaks for them.
    const given = feed.isMovedAway ? [] : [...feed.seats.keys()];
    for (const seat of given) {
      feed.room.inbox.leave(seat, closeReasons.sessionExpired);
    }
    for (const [call, join] of this.#joins) if (join.feed === feed) this.#joins.delete(call);
  }

  #takeSeat(take: TakeSeat): void {
    const feed = this.#feeds.get(take.feed);
    if (feed === undefined || feed.isMovedAway) return;
    const known = this.#joins.get(take.call);
    if (known !== undefined) {
      known.tell();
      return;
    }
    this.#forget(take.openFrom);
    const { playerId, sessionId, claimsJson, optionsJson, reservation, adopt } = take;
    const home = safeNumber(take.home);
    const seat = new HostSeat(feed, take);
    this.#joins.set(take.call, seat);
    const { inbox } = feed.room;
    if (adopt) {
      inbox.adopt({ playerId, sessionId, home }, seat);
      return;
    }
    const [claims, options] = [claimsJson, optionsJson].map(valueOfJson);
    inbox.join({ playerId, sessionId, claims, options, reservation, home }, seat);
  }

  /** What was asked before this call has been answered, and the edge has heard it. */
  #forget(openFrom: bigint): void {
    for (const call of this.#joins.keys()) {
      if (call >= openFrom) break;
      this.#joins.delete(call);
    }
    this.#calls.forget(openFrom);
  }

  #rebindSeat(rebind: RebindSeat): void {
    const { feed: number, seat, connected, errorsHeard, playerId, sessionId } = rebind;
    const feed = this.#feeds.get(number);
    if (feed === undefined) return;
    if (feed.seats.has(seat) || feed.hasEnded(seat) || playerId === "") {
      this.#connect(feed, seat, connected);
      feed.rebind(seat, errorsHeard);
      return;
    }
    if (feed.isMovedAway) return;
    // The room has come here, with the seat.
    const held = { seat, isConnected: connected };
    const home = safeNumber(rebind.home);
    feed.room.inbox.adopt({ playerId, sessionId, home, held }, new HostSeat(feed, rebind));
  }

  #changeSeat({ feed: number, seat, change }: SeatChange): void {
    const feed = this.#feeds.get(number);
    // One that has ended meanwhile has been told so.
    if (feed === undefined || !feed.seats.has(seat) || feed.isMovedAway) return;
    if (change.case === "leave") feed.room.inbox.leave(seat, closeReasonOf(change.value));
    else if (change.case === "letGo") {
      feed.letGo(seat, change.value.errors.map(seatErrorOfWire));
      feed.answerEnded(seat, 0);
    } else if (change.case === "connected") this.#connect(feed, seat, change.value);
  }

  #connect(feed: HostFeed, number: number, isConnected: boolean): void {
    const seat = feed.seats.get(number);
    if (seat === undefined || seat.isConnected === isConnected || feed.isMovedAway) return;
    seat.isConnected = isConnected;
    if (isConnected) feed.room.inbox.resume(number);
    else feed.room.inbox.drop(number);
  }

  #takeInputs({ feed: number, inputs }: Inputs): void {
    const feed = this.#feeds.get(number);
    if (feed === undefined || feed.isMovedAway) return;
    for (const input of inputs) {
      const seat = feed.seats.get(input.seat);
      if (seat === undefined) continue;
      const { kind, payload: bytes, wantsReply } = input;
      const seq = safeNumber(input.seq);
      seat.takenSeq = Math.max(seat.takenSeq, seq);
      const { inbox } = feed.room;
      inbox.input(input.seat, { seq, kind, bytes, start: 0, end: bytes.length, wantsReply });
    }
  }
}

function valueOfJson(json: string): unknown {
  return json === "" ? undefined : JSON.parse(json);
}
