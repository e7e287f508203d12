import { closeReasons } from "../../../shared/close-reason.ts";
import type { SeatAnswer } from "../commit.ts";
import type { RoomRef } from "../catalogue.ts";
import type { FeedEnd, Follower, RoomFeed, RoomPlace } from "../feed.ts";
import type { SeatError } from "../inbox.ts";
import { bytesOf, type KeptAnswers } from "./kept-answers.ts";
import type { LinkEnd, LinkSource, LinkWriter, NodeBody } from "./link-end.ts";
import { answerToWire, entryToWire, patchToWire } from "../record-codec.ts";

/** Where an edge stands in a room. */
interface EdgePosition {
  /** Empty: it has nothing. */
  readonly epoch: string;
  readonly cursor: number;
  readonly stateTick: number;
}

/** A seat of a player of the edge. */
export interface EdgeSeat {
  /** The newest acknowledgement of the room. */
  readonly acked: number;
  /** What the room has answered to it, as far as it may be told again: those lost on a link. */
  readonly kept: KeptAnswers;
  /** The errors among it. */
  readonly errors: readonly SeatError[];
  /**
   * Whether the edge has said on this link that it holds the seat, or was told of it there. Nothing is said to it before, since
   * what it has missed goes first.
   */
  isBound: boolean;
  /** The newest input that was handed to the room. */
  takenSeq: number;
  /** The newest acknowledgement that was put on the link. */
  ackSent: number;
  /** Whether the player has a connection, as the room knows it. */
  isConnected: boolean;
}

/** Around what is counted of a message. */
const overheadBytes = 32;
/** About what a FeedOpened takes, with the contract. */
const openedBytes = 1_024;
/** Seats that have ended, which the edge may not have heard of. */
const endedMax = 1_024;
/** What they had been answered. Beyond, the oldest are forgotten. */
const endedBytesMax = 1_048_576;
/** Answers that wait for the link. Beyond, the edge takes too little: the link ends, and it asks again on the next. */
const answersBytesMax = 4_194_304;

/** The end of a seat, and what it was answered before. */
interface EndedSeat {
  readonly answer: SeatAnswer;
  readonly acked: number;
  readonly kept: KeptAnswers;
}

/**
 * A room as one edge reads it: a cursor, a state tick and no queue, like a session. It follows the feed of the room and makes
 * a commit when the link can take one: of all that was done since the one before. The end of the room is kept until the
 * edge lets go of it.
 */
export class HostFeed implements LinkSource, Follower {
  readonly watches = 0;
  readonly number: number;
  #room: RoomRef;
  /** The seats that players of this edge have. */
  readonly seats = new Map<number, EdgeSeat>();
  readonly #unfollow: () => void;
  readonly #ended = new Map<number, EndedSeat>();
  #endedBytes = 0;
  #link: LinkEnd | undefined;
  /** Where the edge stands, until it is told that the feed is open on this link. */
  #opening: EdgePosition | undefined;
  #commits = 0;
  #cursor = 0;
  #stateTick = 0;
  #ephemeral = 0;
  #answers: SeatAnswer[] = [];
  /** Answers that the edge has missed, which go before those. They are kept by their seats anyway, so they have no bound here. */
  #missed: SeatAnswer[] = [];
  #answersBytes = 0;
  /** Acknowledgements of seats that have ended, which go with their end. */
  readonly #lastAcks = new Map<number, number>();
  /** What is said after the commit of its moment. */
  #after: NodeBody[] = [];
  /** Seats the edge does not know yet: they are told nothing before. */
  readonly #untold = new Set<number>();
  /** Whether it has just been told of some. */
  #hasTold = false;
  /** By tick, with "snapshot" for the state whole. */
  readonly #fetches = new Set<number | "snapshot">();
  #end: FeedEnd | undefined;
  /** Where the room goes on: here it has nothing more to say. */
  #movedAway: RoomPlace | undefined;
  /** The number of this node's claim to the room. */
  readonly #term: number;
  /** Whether the edge was told on this link of the end, or of where the room goes on. */
  #isEndTold = false;
  #isOver = false;

  /** `term`: the number of this node's claim to the room. Default 0: there are no other nodes. */
  constructor(number: number, room: RoomRef, term = 0) {
    this.number = number;
    this.#term = term;
    this.#room = room;
    this.#unfollow = room.feed.follow(this);
  }

  /** The room, where it is now. */
  get room(): RoomRef {
    return this.#room;
  }

  /** The room goes on in this process: the edge need not know. */
  readFrom(room: RoomRef): void {
    this.#room = room;
  }

  /** An inbox of the room as it was passes on what it is told. */
  onMoved(feed: RoomFeed): void {
    this.#room = { feed, inbox: this.#room.inbox };
    this.onAdvance();
  }

  /** The room goes on at another node: the edge is told so when it has heard all that was shown here. */
  onMovedAway(place: RoomPlace): void {
    this.#movedAway = place;
    this.#link?.mark(this);
  }

  /** Whether the room goes on at another node: what is still said of it here has no effect, and is said again there. */
  get isMovedAway(): boolean {
    return this.#movedAway !== undefined;
  }

  /** The edge begins to read on this link, from where it stands. */
  attach(link: LinkEnd, position: EdgePosition): void {
    this.detach();
    this.#link = link;
    this.#opening = position;
    link.mark(this);
  }

  /** The edge does not hold this seat any more: it is kept for another one. */
  letGo(number: number, errors = this.seats.get(number)?.errors): void {
    if (this.seats.delete(number) && !this.isMovedAway) this.room.inbox.letGo(number, errors ?? []);
  }

  /** The link is gone: what was not said on it will be asked for again. */
  detach(): void {
    this.#link = undefined;
    this.#answers = [];
    this.#missed = [];
    this.#answersBytes = 0;
    this.#lastAcks.clear();
    this.#after = [];
    this.#untold.clear();
    this.#fetches.clear();
    for (const seat of this.seats.values()) seat.isBound = false;
  }

  /** The edge reads no more. */
  stop(): void {
    this.#isOver = true;
    this.detach();
    this.#unfollow();
  }

  /** Whether the edge reads no more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onAdvance(): void {
    this.#link?.mark(this);
  }

  onClosed(end: FeedEnd): void {
    this.#end = end;
    this.#link?.mark(this);
  }

  /** Whether the edge can be told anything. */
  get isAttached(): boolean {
    return this.#link !== undefined;
  }

  /** Something a seat of this edge is told. */
  answer(answer: SeatAnswer): void {
    if (this.#count(bytesOf(answer))) this.#answers.push(answer);
  }

  /** The edge holds this seat, and has heard so many of its errors: what it has missed is said again. */
  rebind(number: number, errorsHeard: number): void {
    const seat = this.seats.get(number);
    if (seat === undefined) {
      this.answerEnded(number, errorsHeard);
      return;
    }
    seat.isBound = true;
    seat.ackSent = 0;
    this.#sayMissed(seat.kept.errorsAfter(errorsHeard));
    const value = { feed: this.number, seat: number, takenSeq: BigInt(seat.takenSeq) };
    this.say({ case: "seatRebound", value });
  }

  /** A seat of this edge ends. */
  endSeat(answer: SeatAnswer): void {
    const seat = this.seats.get(answer.seat);
    if (seat === undefined) return;
    const { acked, kept, isBound } = seat;
    this.seats.delete(answer.seat);
    this.#keepEnded({ answer, acked, kept });
    if (isBound) this.#sayEnded(answer, acked);
  }

  /** Whether a seat of this edge has ended, which it may not have heard. */
  hasEnded(seat: number): boolean {
    return this.#ended.has(seat);
  }

  /** A seat that the edge holds is not there any more: what it may have missed is said again. */
  answerEnded(seat: number, errorsHeard: number): void {
    const ended = this.#ended.get(seat);
    if (ended === undefined) {
      this.answer({ seat, kind: "ended", reason: closeReasons.sessionExpired, detail: "" });
      return;
    }
    const { answer, acked, kept } = ended;
    this.#sayMissed([...kept.errorsAfter(errorsHeard), ...kept.replies]);
    this.#sayEnded(answer, acked);
  }

  #sayMissed(answers: readonly SeatAnswer[]): void {
    if (this.#link === undefined) return;
    for (const answer of answers) this.#missed.push(answer);
    this.#link.mark(this);
  }

  #keepEnded(ended: EndedSeat): void {
    this.#ended.set(ended.answer.seat, ended);
    this.#endedBytes += ended.kept.bytes;
    for (const [seat, { kept }] of this.#ended) {
      if (this.#ended.size <= endedMax && this.#endedBytes <= endedBytesMax) return;
      this.#ended.delete(seat);
      this.#endedBytes -= kept.bytes;
    }
  }

  #sayEnded(answer: SeatAnswer, acked: number): void {
    if (this.#link === undefined) return;
    if (acked > 0) this.#lastAcks.set(answer.seat, acked);
    this.answer(answer);
  }

  /** Says something in order with the commits. */
  say(body: NodeBody): void {
    if (this.#count(overheadBytes)) this.#after.push(body);
  }

  /** Counts what waits for the link. Returns whether it may. */
  #count(bytes: number): boolean {
    const link = this.#link;
    if (link === undefined) return false;
    this.#answersBytes += bytes;
    if (this.#answersBytes > answersBytesMax) {
      link.close(closeReasons.slowConsumer, "The other end of the link takes too few answers.");
      return false;
    }
    link.mark(this);
    return true;
  }

  /** Says that a seat is taken, before anything else that is said to it. */
  sayTaken(seat: number, body: NodeBody): void {
    if (this.#link === undefined) return;
    this.#untold.add(seat);
    this.say(body);
  }

  /** The edge has somebody at this tick. */
  fetch(baseTick: number, snapshot: boolean): void {
    if (this.#link === undefined) return;
    this.#fetches.add(snapshot ? "snapshot" : baseTick);
    this.#link.mark(this);
  }

  pull(out: LinkWriter): boolean {
    if (this.#link === undefined) return false;
    if (this.#opening !== undefined) this.#open(out, this.#opening);
    if (!this.#pullCommit(out) || !this.#pullSaid(out) || !this.#pullFetched(out)) return true;
    // Of seats the edge has only just been told of.
    if (this.#missed.length > 0 || this.#answers.length > 0 || this.#hasTold) return true;
    if (this.#isEndTold) return false;
    if (this.#movedAway !== undefined) {
      const { node, life, term } = this.#movedAway;
      const value = { feed: this.number, node, life, term: BigInt(term) };
      out.add({ case: "feedMoved", value }, overheadBytes);
      this.#isEndTold = true;
      return false;
    }
    if (this.#end === undefined) return false;
    const { reason, detail } = this.#end;
    const value = { feed: this.number, code: reason.code, detail };
    out.add({ case: "feedClosed", value }, overheadBytes);
    this.#isEndTold = true;
    return false;
  }

  #pullSaid(out: LinkWriter): boolean {
    this.#hasTold = false;
    if (this.#after.length === 0) return true;
    let said = 0;
    for (const body of this.#after) {
      if (out.room <= 0) break;
      if (body.case === "seatTaken" && this.#untold.delete(body.value.seat ?? 0))
        this.#hasTold = true;
      out.add(body, overheadBytes);
      said++;
    }
    this.#answersBytes -= said * overheadBytes;
    this.#after.splice(0, said);
    return this.#after.length === 0;
  }

  #pullFetched(out: LinkWriter): boolean {
    for (const asked of this.#fetches) {
      if (out.room <= 0) return false;
      this.#fetches.delete(asked);
      this.#answerFetch(out, asked);
    }
    return true;
  }

  /** Returns whether all there is has been written. */
  #pullCommit(out: LinkWriter): boolean {
    const { feed } = this.room;
    const { log } = feed;
    const lost = this.#cursor < log.first - 1;
    // What the room no longer holds, its copies do not get: they see that something is missing, as players do (RL-5).
    if (lost) this.#cursor = log.first - 1;
    const entries = [];
    let bytes = 0;
    while (this.#cursor < log.head && bytes < out.room) {
      const entry = log.get(++this.#cursor);
      if (entry === undefined) continue;
      entries.push(entryToWire(entry));
      bytes += entry.body.length + overheadBytes;
    }
    const isDrained = this.#cursor >= log.head;
    const rest = isDrained ? this.#takeRest(out) : undefined;
    if (entries.length === 0 && !lost && (rest === undefined || rest.bytes === 0)) return isDrained;
    out.add(
      {
        case: "feedCommit",
        value: {
          feed: this.number,
          number: BigInt(++this.#commits),
          first: BigInt(log.first),
          entries,
          stateTick: BigInt(this.#stateTick),
          ...rest?.value,
        },
      },
      bytes + overheadBytes + (rest?.bytes ?? 0),
    );
    return isDrained;
  }

  /** What is true of the newest state, and the state. */
  #takeRest(out: LinkWriter) {
    const { feed } = this.room;
    let bytes = 0;
    const patch = feed.stateTick > this.#stateTick ? feed.patch(this.#stateTick) : undefined;
    if (patch !== undefined && patch !== "later") {
      this.#stateTick = patch.tick;
      bytes += patch.body.length + overheadBytes;
    }
    const ephemerals = [];
    this.#ephemeral = Math.max(this.#ephemeral, feed.ephemerals.first - 1);
    while (this.#ephemeral < feed.ephemerals.head) {
      const entry = feed.ephemerals.get(++this.#ephemeral);
      if (entry === undefined) continue;
      ephemerals.push(entryToWire(entry));
      bytes += entry.body.length + overheadBytes;
    }
    const answers = this.#takeAnswers(out.room - bytes);
    for (const answer of answers) bytes += bytesOf(answer);
    const acks = this.#takeAcks();
    bytes += acks.length * overheadBytes;
    const value = {
      stateTick: BigInt(this.#stateTick),
      ephemerals,
      acks,
      answers: answers.map(answerToWire),
      ...(patch !== undefined && patch !== "later" && { patch: patchToWire(patch) }),
    };
    return { bytes, value };
  }

  /** Of seats that have no answer left to hear: one that failed is told before it is acknowledged (rule IN-6). */
  #takeAcks(): bigint[] {
    const waiting = new Set<number>();
    for (const { seat } of this.#missed) waiting.add(seat);
    for (const { seat } of this.#answers) waiting.add(seat);
    const acks: bigint[] = [];
    for (const [seat, acked] of this.#lastAcks) {
      if (waiting.has(seat)) continue;
      this.#lastAcks.delete(seat);
      acks.push(BigInt(seat), BigInt(acked));
    }
    for (const [number, seat] of this.seats) {
      const { acked } = seat;
      if (acked <= seat.ackSent || !seat.isBound || waiting.has(number)) continue;
      if (this.#untold.has(number)) continue;
      seat.ackSent = acked;
      acks.push(BigInt(number), BigInt(acked));
    }
    return acks;
  }

  /** As many as there is room for, in order, up to the first of a seat the edge does not know yet. */
  #takeAnswers(room: number): SeatAnswer[] {
    let bytes = 0;
    const taken: SeatAnswer[] = [];
    const take = (from: SeatAnswer[]): SeatAnswer[] => {
      let count = 0;
      for (const answer of from) {
        if ((bytes >= room && taken.length > 0) || this.#untold.has(answer.seat)) break;
        bytes += bytesOf(answer);
        taken.push(answer);
        count++;
      }
      return count === 0 ? from : from.slice(count);
    };
    this.#missed = take(this.#missed);
    const missedBytes = bytes;
    if (this.#missed.length === 0) this.#answers = take(this.#answers);
    this.#answersBytes -= bytes - missedBytes;
    return taken;
  }

  #answerFetch(out: LinkWriter, asked: number | "snapshot"): void {
    const { feed } = this.room;
    const snapshot = asked === "snapshot";
    const baseTick = snapshot ? 0 : asked;
    const patch = snapshot ? feed.snapshot() : feed.patch(baseTick);
    // Undefined: whoever asked is at the newest tick by now.
    if (patch === undefined || patch === "later") return;
    const value = {
      feed: this.number,
      askedTick: BigInt(baseTick),
      snapshot,
      patch: patchToWire(patch),
    };
    out.add({ case: "fetchedPatch", value }, patch.body.length + overheadBytes);
  }

  /** Says that the feed is open, and begins to read where the edge stands. */
  #open(out: LinkWriter, position: EdgePosition): void {
    const { about, log, history, ephemerals, stateTick, bounds } = this.room.feed;
    this.#opening = undefined;
    this.#commits = 0;
    this.#isEndTold = false;
    this.#ephemeral = ephemerals.head;
    const isKnown = position.epoch === about.epoch && position.cursor <= log.head;
    this.#cursor = isKnown ? position.cursor : log.first - 1;
    this.#stateTick = isKnown ? position.stateTick : stateTick;
    const { roomType, epoch, tickRateHz, updateRateHz, historyOnJoin, resumeWindowMs } = about;
    const value = {
      ...{ feed: this.number, roomType, epoch, tickRateHz, updateRateHz },
      ...{ historyOnJoin, resumeWindowMs, contract: about.contract },
      logEntriesMax: bounds.entriesMax,
      logBytesMax: BigInt(bounds.bytesMax),
      ephemeralRingMax: bounds.ephemeralsMax,
      first: BigInt(log.first),
      head: BigInt(log.head),
      stateTick: BigInt(stateTick),
      term: BigInt(this.#term),
      historyFirst: BigInt(history?.first ?? 0),
    };
    out.add({ case: "feedOpened", value }, openedBytes);
  }
}
