import { closeReasons } from "../../../shared/close-reason.ts";
import type { SeatAnswer } from "../commit.ts";
import type { RoomRef } from "../catalogue.ts";
import type { FeedEnd, Follower } from "../feed.ts";
import type { HostSeat } from "./host-seat.ts";
import type { LinkEnd, LinkSource, LinkWriter, NodeBody } from "./link-end.ts";
import { answerToWire, entryToWire, patchToWire } from "./node-codec.ts";

/** Where an edge stands in a room. */
interface EdgePosition {
  /** Empty: it has nothing. */
  readonly epoch: string;
  readonly cursor: number;
  readonly stateTick: number;
}

/** Around what is counted of a message. */
const overheadBytes = 32;
/** Seats that ended while the edge could not be told. */
const endedMax = 1_024;

/**
 * A room as one edge reads it: a cursor, a state tick and no queue, like a session. It follows the feed of the room and makes
 * a commit when the link can take one: of all that was done since the one before.
 */
export class HostFeed implements LinkSource, Follower {
  readonly watches = 0;
  readonly number: number;
  readonly room: RoomRef;
  /** The seats that players of this edge have. */
  readonly seats = new Map<number, HostSeat>();
  readonly #unfollow: () => void;
  readonly #ended = new Map<number, SeatAnswer>();
  #link: LinkEnd | undefined;
  #commits = 0;
  #cursor = 0;
  #stateTick = 0;
  #ephemeral = 0;
  #answers: SeatAnswer[] = [];
  /** Of seats that have ended: pairs of a seat and an acknowledgement. */
  #lastAcks: bigint[] = [];
  /** What is said after the commit of its moment. */
  #after: NodeBody[] = [];
  #fetches: { readonly baseTick: number; readonly snapshot: boolean }[] = [];
  #end: FeedEnd | undefined;
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
    this.#lastAcks = [];
    this.#after = [];
    this.#fetches = [];
  }

  /** The edge reads no more. */
  stop(): void {
    this.#isOver = true;
    this.detach();
    this.#unfollow();
  }

  /** Whether the room has ended, and the edge does not ask for it on this link: it has heard of it on the one before. */
  get isForgotten(): boolean {
    return this.#end !== undefined && this.#link === undefined;
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
    if (answer.kind === "ended") {
      const { acked = 0, ackSent = 0 } = this.seats.get(answer.seat) ?? {};
      if (acked > ackSent) this.#lastAcks.push(BigInt(answer.seat), BigInt(acked));
      this.seats.delete(answer.seat);
      this.#ended.set(answer.seat, answer);
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > endedMax && oldest !== undefined) this.#ended.delete(oldest);
    }
    if (this.#link === undefined) return;
    this.#answers.push(answer);
    this.#link.mark(this);
  }

  /** A seat that the edge holds is not there any more. */
  answerEnded(seat: number): void {
    const known = this.#ended.get(seat);
    this.answer(known ?? { seat, kind: "ended", reason: closeReasons.sessionExpired, detail: "" });
  }

  /** Says something in order with the commits. */
  say(body: NodeBody): void {
    if (this.#link === undefined) return;
    this.#after.push(body);
    this.#link.mark(this);
  }

  /** The edge has somebody at this tick. */
  fetch(baseTick: number, snapshot: boolean): void {
    if (this.#link === undefined) return;
    this.#fetches.push({ baseTick, snapshot });
    this.#link.mark(this);
  }

  pull(out: LinkWriter): boolean {
    if (this.#link === undefined) return false;
    if (!this.#pullCommit(out)) return true;
    for (const body of this.#after.splice(0)) out.add(body, overheadBytes);
    for (const { baseTick, snapshot } of this.#fetches.splice(0)) {
      this.#answerFetch(out, baseTick, snapshot);
    }
    if (this.#end !== undefined) {
      const { reason, detail } = this.#end;
      const value = { feed: this.number, code: reason.code, detail };
      out.add({ case: "feedClosed", value }, overheadBytes);
      // Told once on each link, until the edge has heard it: it then closes the feed.
      this.detach();
    }
    return false;
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
    const rest = isDrained ? this.#takeRest() : undefined;
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
  #takeRest() {
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
    const acks = this.#lastAcks.splice(0);
    for (const [number, seat] of this.seats) {
      const { acked } = seat;
      if (acked <= seat.ackSent) continue;
      seat.ackSent = acked;
      acks.push(BigInt(number), BigInt(acked));
    }
    const answers = this.#answers.splice(0).map(answerToWire);
    bytes += (acks.length / 2 + answers.length) * overheadBytes;
    const value = {
      stateTick: BigInt(this.#stateTick),
      ephemerals,
      acks,
      answers,
      ...(patch !== undefined && patch !== "later" && { patch: patchToWire(patch) }),
    };
    return { bytes, value };
  }

  #answerFetch(out: LinkWriter, baseTick: number, snapshot: boolean): void {
    const { feed } = this.room;
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
