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

/** Answers to calls that are kept in case they were lost. */
const answersKept = 256;

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
  /** Seats asked for, by call. */
  readonly #seats = new Map<bigint, HostSeat>();
  readonly #answers = new Map<bigint, NodeBody | undefined>();
  /** The feeds asked for on this link. */
  readonly #opened = new Set<number>();
  #link: LinkEnd | undefined;
  #expiry: Timer | undefined;

  constructor(life: string, parts: { readonly rooms: OfferedRooms; readonly clock: Clock }) {
    this.life = life;
    this.#rooms = parts.rooms;
    this.#clock = parts.clock;
  }

  attach(link: LinkEnd): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#link = link;
    this.#opened.clear();
  }

  /** The link is gone; `onOver` is called when no other came within `graceMs`, and the players are out of their rooms. */
  detach(link: LinkEnd, graceMs: number, onOver: () => void): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    for (const [number, feed] of this.#feeds) {
      if (feed.isForgotten && !this.#opened.has(number)) this.#forget(number);
      else feed.detach();
    }
    this.#expiry = this.#clock.setTimer(() => {
      this.end();
      onOver();
    }, graceMs);
  }

  /** The edge is gone for good. */
  end(): void {
    this.#expiry?.cancel();
    for (const { room, seats } of this.#feeds.values()) {
      for (const seat of [...seats.keys()]) room.inbox.leave(seat, closeReasons.sessionExpired);
    }
    for (const feed of this.#feeds.values()) feed.stop();
    this.#feeds.clear();
  }

  /** The edge says something, on this link. What an older one still brings is worth nothing. */
  onMessage(body: NodeMessage["body"], link: LinkEnd): void {
    if (link !== this.#link) return;
    switch (body.case) {
      case "openFeed":
        this.#openFeed(body.value);
        return;
      case "closeFeed":
        this.#forget(body.value.feed);
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

  #forget(number: number): void {
    this.#feeds.get(number)?.stop();
    this.#feeds.delete(number);
  }

  #openFeed(open: OpenFeed): void {
    const { feed: number, roomId, epoch, cursor, stateTick } = open;
    const link = this.#link;
    this.#opened.add(number);
    const position = { epoch, cursor: safeNumber(cursor), stateTick: safeNumber(stateTick) };
    const begin = (room: RoomRef): void => {
      if (this.#link !== link || link === undefined) return;
      const known = this.#feeds.get(number);
      const feed = known ?? new HostFeed(number, room);
      this.#feeds.set(number, feed);
      feed.attach(link, position);
    };
    const fail = (thrown: unknown): void => {
      if (this.#link !== link) return;
      const { message: detail } = RoomlineError.from(thrown);
      link?.send({ case: "feedClosed", value: { feed: number, code: 0, detail } });
    };
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

  #takeSeat(take: TakeSeat): void {
    const feed = this.#feeds.get(take.feed);
    if (feed === undefined) return;
    const known = this.#seats.get(take.call);
    if (known !== undefined) {
      known.tell();
      return;
    }
    const { playerId, sessionId, claimsJson, optionsJson, reservation } = take;
    const seat = new HostSeat(feed, take.call, () => this.#seats.delete(take.call));
    this.#seats.set(take.call, seat);
    const [claims, options] = [claimsJson, optionsJson].map(valueOfJson);
    feed.room.inbox.join({ playerId, sessionId, claims, options, reservation }, seat);
  }

  #rebindSeat({ feed: number, seat: seatNumber, connected }: RebindSeat): void {
    const feed = this.#feeds.get(number);
    const seat = feed?.seats.get(seatNumber);
    if (seat === undefined) {
      feed?.answerEnded(seatNumber);
      return;
    }
    this.#connect(feed, seatNumber, connected);
    const acked = BigInt(feed?.room.feed.acked(seatNumber) ?? 0);
    const value = { feed: number, seat: seatNumber, takenSeq: BigInt(seat.takenSeq), acked };
    feed?.say({ case: "seatRebound", value });
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

  #connect(feed: HostFeed | undefined, number: number, isConnected: boolean): void {
    const seat = feed?.seats.get(number);
    if (feed === undefined || seat === undefined || seat.isConnected === isConnected) return;
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
    this.#answers.set(number, undefined);
    const settle = (value: { json: string } | { failure: ReturnType<typeof failureToWire> }) => {
      const body: NodeBody = { case: "callAnswer", value: { call: number, ...value } };
      this.#answers.set(number, body);
      const [oldest] = this.#answers.keys();
      if (this.#answers.size > answersKept && oldest !== undefined) this.#answers.delete(oldest);
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
