import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasonOf, closeReasons } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  Call,
  Inputs,
  NodeMessage,
  OpenFeed,
  RebindSeat,
  SeatChange,
  TakeSeat,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Catalogue, RoomRef } from "../catalogue.ts";
import { answerCall } from "./catalogue-calls.ts";
import { HostFeed } from "./host-feed.ts";
import { HostSeat } from "./host-seat.ts";
import type { LinkEnd, NodeBody } from "./link-end.ts";
import { failureToWire } from "./node-codec.ts";

/** What a host offers to edges. */
export type OfferedRooms = Pick<Catalogue, "open" | "find" | "ask" | "reserve">;

/**
 * One edge, as the host of rooms knows it: the feeds it reads and the seats its players have. It outlives links: what a lost
 * one had on its way is asked for again on the next, by numbers that make it harmless.
 */
export class EdgePeer {
  readonly life: string;
  readonly #rooms: OfferedRooms;
  readonly #clock: Clock;
  readonly #feeds = new Map<number, HostFeed>();
  /** Feeds whose rooms are being looked for. */
  readonly #opening = new Set<number>();
  /** Seats asked for, by call, until the edge has heard what became of it. */
  readonly #joins = new Map<bigint, HostSeat>();
  /** Other calls, until the edge has heard the answer; undefined: there is none yet. */
  readonly #answers = new Map<bigint, NodeBody | undefined>();
  #link: LinkEnd | undefined;
  #expiry: Timer | undefined;

  constructor(life: string, parts: { readonly rooms: OfferedRooms; readonly clock: Clock }) {
    this.life = life;
    this.#rooms = parts.rooms;
    this.#clock = parts.clock;
  }

  /** How much is held for the edge: all of it is gone when the edge has nothing here. */
  get held(): { readonly feeds: number; readonly calls: number } {
    return { feeds: this.#feeds.size, calls: this.#joins.size + this.#answers.size };
  }

  /** The edge is on this link from now on, and still has these feeds. */
  attach(link: LinkEnd, feeds: readonly number[]): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const older = this.#link;
    this.#link = link;
    for (const feed of this.#feeds.values()) feed.detach();
    older?.close(closeReasons.superseded, "The edge is on a newer link.");
    const kept = new Set(feeds);
    for (const number of [...this.#feeds.keys()]) if (!kept.has(number)) this.#closeFeed(number);
  }

  /** The link is gone; `onOver` is called when no other came within `graceMs`, and the players are out of their rooms. */
  detach(link: LinkEnd, graceMs: number, onOver: () => void): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    for (const feed of this.#feeds.values()) feed.detach();
    this.#expiry = this.#clock.setTimer(() => {
      this.end();
      onOver();
    }, graceMs);
  }

  /** The edge is gone for good. */
  end(): void {
    this.#expiry?.cancel();
    const link = this.#link;
    this.#link = undefined;
    for (const number of [...this.#feeds.keys()]) this.#closeFeed(number);
    this.#opening.clear();
    this.#joins.clear();
    this.#answers.clear();
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
        this.#answer(body.value);
        return;
      default:
        // Of a later version, or not for a host.
        return;
    }
  }

  #openFeed(open: OpenFeed): void {
    const { feed: number, roomId, epoch, cursor, stateTick } = open;
    const link = this.#link;
    const position = { epoch, cursor: safeNumber(cursor), stateTick: safeNumber(stateTick) };
    const begin = (room: RoomRef): void => {
      if (this.#link !== link || link === undefined || !this.#opening.delete(number)) return;
      const feed = this.#feeds.get(number) ?? new HostFeed(number, room);
      this.#feeds.set(number, feed);
      feed.attach(link, position);
    };
    const fail = (thrown: unknown): void => {
      if (this.#link !== link || !this.#opening.delete(number)) return;
      const { message: detail } = RoomlineError.from(thrown);
      link?.send({ case: "feedClosed", value: { feed: number, code: 0, detail } });
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
    for (const seat of [...feed.seats.keys()]) {
      feed.room.inbox.leave(seat, closeReasons.sessionExpired);
    }
    for (const [call, join] of this.#joins) if (join.feed === feed) this.#joins.delete(call);
  }

  #takeSeat(take: TakeSeat): void {
    const feed = this.#feeds.get(take.feed);
    if (feed === undefined) return;
    const known = this.#joins.get(take.call);
    if (known !== undefined) {
      known.tell();
      return;
    }
    this.#forget(take.openFrom);
    const { playerId, sessionId, claimsJson, optionsJson, reservation } = take;
    const [claims, options] = [claimsJson, optionsJson].map(valueOfJson);
    const seat = new HostSeat(feed, take.call);
    this.#joins.set(take.call, seat);
    feed.room.inbox.join({ playerId, sessionId, claims, options, reservation }, seat);
  }

  /** What was asked before this call has been answered, and the edge has heard it. */
  #forget(openFrom: bigint): void {
    for (const calls of [this.#joins, this.#answers]) {
      for (const call of calls.keys()) {
        if (call >= openFrom) break;
        calls.delete(call);
      }
    }
  }

  #rebindSeat({ feed: number, seat: seatNumber, connected }: RebindSeat): void {
    const feed = this.#feeds.get(number);
    const seat = feed?.seats.get(seatNumber);
    if (feed === undefined || seat === undefined) {
      feed?.answerEnded(seatNumber);
      return;
    }
    this.#connect(feed, seatNumber, connected);
    const value = { feed: number, seat: seatNumber, takenSeq: BigInt(seat.takenSeq) };
    feed.say({ case: "seatRebound", value });
  }

  #changeSeat({ feed: number, seat, change }: SeatChange): void {
    const feed = this.#feeds.get(number);
    if (feed === undefined) return;
    if (!feed.seats.has(seat)) {
      feed.answerEnded(seat);
      return;
    }
    if (change.case === "leave") feed.room.inbox.leave(seat, closeReasonOf(change.value));
    else if (change.case === "connected") this.#connect(feed, seat, change.value);
  }

  #connect(feed: HostFeed, number: number, isConnected: boolean): void {
    const seat = feed.seats.get(number);
    if (seat === undefined || seat.isConnected === isConnected) return;
    seat.isConnected = isConnected;
    if (isConnected) feed.room.inbox.resume(number);
    else feed.room.inbox.drop(number);
  }

  #takeInputs({ feed: number, inputs }: Inputs): void {
    const feed = this.#feeds.get(number);
    if (feed === undefined) return;
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

  /** A call that was here before is answered again, and done once. */
  #answer(call: Call): void {
    const number = call.call;
    if (this.#answers.has(number)) {
      const known = this.#answers.get(number);
      if (known !== undefined) this.#link?.send(known);
      return;
    }
    this.#forget(call.openFrom);
    this.#answers.set(number, undefined);
    const settle = (value: { json: string } | { failure: ReturnType<typeof failureToWire> }) => {
      const body: NodeBody = { case: "callAnswer", value: { call: number, ...value } };
      // The edge was given up meanwhile.
      if (!this.#answers.has(number)) return;
      this.#answers.set(number, body);
      this.#link?.send(body);
    };
    answerCall(this.#rooms, call).then(
      (json) => settle({ json }),
      (thrown: unknown) => settle({ failure: failureToWire(RoomlineError.from(thrown)) }),
    );
  }
}

function valueOfJson(json: string): unknown {
  return json === "" ? undefined : JSON.parse(json);
}
