import { closeReasons } from "../../../shared/close-reason.ts";
import type { SeatAnswer } from "../commit.ts";
import type { RoomRef } from "../catalogue.ts";
import type { FeedEnd, Follower } from "../feed.ts";
import type { LinkEnd, LinkSource, LinkWriter, NodeBody } from "./link-end.ts";
import { answerToWire, entryToWire, patchToWire } from "./node-codec.ts";

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
  /** The newest input that was handed to the room. */
  takenSeq: number;
  /** The newest acknowledgement that was put on the link. */
  ackSent: number;
  /** Whether the player has a connection, as the room knows it. */
  isConnected: boolean;
}

/** Around what is counted of a message. */
const overheadBytes = 32;
/** Seats that ended while the edge could not be told. */
const endedMax = 1_024;
/** Answers that wait for the link. Beyond, the edge takes too little: the link ends, and it asks again on the next. */
const answersBytesMax = 4_194_304;

/** The end of a seat, what it was answered before, and how far its inputs had come. */
interface EndedSeat {
  readonly answer: SeatAnswer;
  readonly replies: readonly SeatAnswer[];
  readonly acked: number;
}

/**
 * A room as one edge reads it: a cursor, a state tick and no queue, like a session. It follows the feed of the room and makes
 * a commit when the link can take one: of all that was done since the one before. The end of the room is kept until the
 * edge lets go of it.
 */
export class HostFeed implements LinkSource, Follower {
  readonly watches = 0;
  readonly number: number;
  readonly room: RoomRef;
  /** The seats that players of this edge have. */
  readonly seats = new Map<number, EdgeSeat>();
  readonly #unfollow: () => void;
  readonly #ended = new Map<number, EndedSeat>();
  #link: LinkEnd | undefined;
  #commits = 0;
  #cursor = 0;
  #stateTick = 0;
  #ephemeral = 0;
  #answers: SeatAnswer[] = [];
  #answersBytes = 0;
  /** Acknowledgements of seats that have ended: pairs, as in a commit. */
  #lastAcks: bigint[] = [];
  /** What is said after the commit of its moment. */
  #after: NodeBody[] = [];
  /** Seats the edge does not know yet: they are told nothing before. */
  readonly #untold = new Set<number>();
  /** By tick, with "snapshot" for the state whole. */
  readonly #fetches = new Set<number | "snapshot">();
  #end: FeedEnd | undefined;
  #isEndTold = false;
  #isOver = false;

  constructor(number: number, room: RoomRef) {
    this.number = number;
    this.room = room;
    this.#unfollow = room.feed.follow(this);
  }

  /** The edge begins to read on this link, from where it stands. */
  attach(link: LinkEnd, position: EdgePosition): void {
    const { about, log, ephemerals, stateTick } = this.room.feed;
    this.detach();
    this.#link = link;
    this.#commits = 0;
    this.#isEndTold = false;
    this.#ephemeral = ephemerals.head;
    if (position.epoch === about.epoch && position.cursor <= log.head) {
      this.#cursor = position.cursor;
      this.#stateTick = position.stateTick;
    } else {
      this.#cursor = log.first - 1;
      this.#stateTick = stateTick;
    }
    for (const seat of this.seats.values()) seat.ackSent = 0;
    link.send(this.#opened());
    link.mark(this);
  }

  /** The link is gone: what was not said on it will be asked for again. */
  detach(): void {
    this.#link = undefined;
    this.#answers = [];
    this.#answersBytes = 0;
    this.#lastAcks = [];
    this.#after = [];
    this.#untold.clear();
    this.#fetches.clear();
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

  /** Something a seat of this edge is told. */
  answer(answer: SeatAnswer): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#answersBytes += bytesOf(answer);
    if (this.#answersBytes > answersBytesMax) {
      link.close(closeReasons.slowConsumer, "The other end of the link takes too few answers.");
      return;
    }
    this.#answers.push(answer);
    link.mark(this);
  }

  /** A seat of this edge ends. `replies`: the newest it was given. */
  endSeat(answer: SeatAnswer, replies: readonly SeatAnswer[]): void {
    const { seat } = answer;
    const ended = { answer, replies, acked: this.seats.get(seat)?.acked ?? 0 };
    this.seats.delete(seat);
    this.#ended.set(seat, ended);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > endedMax && oldest !== undefined) this.#ended.delete(oldest);
    this.#sayEnded(ended);
  }

  /** A seat that the edge holds is not there any more: what it may have missed is said again. */
  answerEnded(seat: number): void {
    const ended = this.#ended.get(seat);
    if (ended === undefined) {
      this.answer({ seat, kind: "ended", reason: closeReasons.sessionExpired, detail: "" });
      return;
    }
    for (const reply of ended.replies) this.answer(reply);
    this.#sayEnded(ended);
  }

  #sayEnded({ answer, acked }: EndedSeat): void {
    if (this.#link === undefined) return;
    if (acked > 0) this.#lastAcks.push(BigInt(answer.seat), BigInt(acked));
    this.answer(answer);
  }

  /** Says something in order with the commits. */
  say(body: NodeBody): void {
    if (this.#link === undefined) return;
    this.#after.push(body);
    this.#link.mark(this);
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
    if (!this.#pullCommit(out) || !this.#pullSaid(out) || !this.#pullFetched(out)) return true;
    // Of seats the edge has only just been told of.
    if (this.#answers.length > 0) return true;
    if (this.#end === undefined || this.#isEndTold) return false;
    const { reason, detail } = this.#end;
    const value = { feed: this.number, code: reason.code, detail };
    out.add({ case: "feedClosed", value }, overheadBytes);
    this.#isEndTold = true;
    return false;
  }

  #pullSaid(out: LinkWriter): boolean {
    if (this.#after.length === 0) return true;
    let said = 0;
    for (const body of this.#after) {
      if (out.room <= 0) break;
      if (body.case === "seatTaken") this.#untold.delete(body.value.seat ?? 0);
      out.add(body, overheadBytes);
      said++;
    }
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
    const acks = this.#lastAcks;
    this.#lastAcks = [];
    for (const [number, seat] of this.seats) {
      const { acked } = seat;
      if (acked <= seat.ackSent) continue;
      seat.ackSent = acked;
      acks.push(BigInt(number), BigInt(acked));
    }
    const answers = this.#takeAnswers(out.room - bytes);
    for (const answer of answers) bytes += bytesOf(answer);
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

  /** As many as there is room for, of seats the edge knows. */
  #takeAnswers(room: number): SeatAnswer[] {
    if (this.#answers.length === 0) return this.#answers;
    const taken: SeatAnswer[] = [];
    const left: SeatAnswer[] = [];
    let bytes = 0;
    for (const answer of this.#answers) {
      const isNext = (bytes < room || taken.length === 0) && left.length === 0;
      if (!isNext || this.#untold.has(answer.seat)) left.push(answer);
      else {
        taken.push(answer);
        bytes += bytesOf(answer);
      }
    }
    this.#answers = left;
    this.#answersBytes -= bytes;
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

  #opened(): NodeBody {
    const { about, log, stateTick, bounds } = this.room.feed;
    return {
      case: "feedOpened",
      value: {
        feed: this.number,
        roomType: about.roomType,
        epoch: about.epoch,
        tickRateHz: about.tickRateHz,
        updateRateHz: about.updateRateHz,
        historyOnJoin: about.historyOnJoin,
        resumeWindowMs: about.resumeWindowMs,
        contract: about.contract,
        logEntriesMax: bounds.entriesMax,
        logBytesMax: BigInt(bounds.bytesMax),
        ephemeralRingMax: bounds.ephemeralsMax,
        first: BigInt(log.first),
        head: BigInt(log.head),
        stateTick: BigInt(stateTick),
      },
    };
  }
}

function bytesOf(answer: SeatAnswer): number {
  switch (answer.kind) {
    case "reply":
      return answer.reply.kind === "payload"
        ? answer.reply.payload.length + overheadBytes
        : answer.reply.message.length + overheadBytes;
    case "error":
      return answer.message.length + overheadBytes;
    case "ended":
      return answer.detail.length + overheadBytes;
  }
}
