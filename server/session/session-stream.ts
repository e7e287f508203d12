import type { CloseReason } from "../../shared/close-reason.ts";
import { GapReason, PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Counters } from "../observe/counters.ts";
import { fallenOff } from "../feed/cursor.ts";
import { isFor, type LogEntry, type RoomFeed, type StatePatch } from "../feed/feed.ts";
import type { HistoryReads } from "../feed/history-reads.ts";
import { PastReader, type MissingPast } from "../feed/past-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { encodeEndOfBacklog, encodeGap, encodeLeft } from "./messages.ts";
import { StatePace } from "./state-pace.ts";
import { stateParts } from "./state-parts.ts";

/** Entries of the log that the player does not get; `to` is 0 when that is not known. */
export interface StreamGap {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** Where a stream begins. */
export interface StreamStart {
  /** The last cursor the client has. */
  readonly cursor: number;
  /** The state tick the client has; 0 for none. */
  readonly stateTick: number;
  /** Replay ends here. */
  readonly backlogEnd: number;
  /** What the client is told it misses, before anything else. */
  readonly gap?: StreamGap;
  /** The client has no position: what turns out not to be kept any more at the beginning is not missing. Default false. */
  readonly isOpen?: boolean;
}

interface SessionStreamParts {
  readonly sessionId: string;
  readonly feed: RoomFeed;
  readonly playerId: string;
  readonly counters: Counters;
  /** A state larger than this goes in parts (rule ST-6). */
  readonly statePartBytesMax: number;
  /** Who reads what the feed's log does not hold any more. */
  readonly reads: HistoryReads;
  readonly start: StreamStart;
  readonly observer: StreamObserver;
}

/** Whose stream it is. */
export interface StreamObserver {
  /** The newest of its inputs that has been applied, as of the newest commit. */
  readonly acked: number;
  /** The player has been told of a gap. */
  onGap(gap: StreamGap): void;
  /** There is something to write: what was fetched is here. */
  onAdvance(): void;
  /** An answer of this size has been written. */
  onAnswered(bytes: number): void;
}

/** How a stream ends. */
interface StreamEnd {
  readonly reason: CloseReason;
  readonly detail: string;
  /** The newest input that has been applied. */
  readonly acked: number;
  /** The last entry of the log that is for this session. */
  readonly cursor: number;
}

/** What became of a pull. */
export type Pulled =
  /** Nothing is left to send now. */
  | "drained"
  /** There is more than fitted. */
  | "more"
  /** Left has been written: the stream is over. */
  | "ended";

const noBody = new Uint8Array(0);
/**
 * What one session owes its player next, read from its room's feed at the moment the transport can take it: a cursor, a
 * state tick, and no queue. Pausing is a cursor that stands still, lagging one that is behind, resuming one that is set.
 */
export class SessionStream {
  readonly #sessionId: string;
  #feed: RoomFeed;
  readonly #playerId: string;
  readonly #counters: Counters;
  readonly #observer: StreamObserver;
  readonly #statePartBytesMax: number;
  readonly #reads: HistoryReads;
  /** Where it is in the history of its room; undefined while it was never there: nearly always. */
  #past: PastReader | undefined;
  /** A client without a position begins here: what is not kept any more behind it is not missing. -1: it has one. */
  #openStart = -1;
  /** Up to here; what comes after was published when the client was there. */
  #openEnd = 0;
  /** Undefined while every state goes: nearly always. */
  #pace: StatePace | undefined;
  /** Where it first began: what was before is not for this session. */
  readonly firstCursor: number;
  #cursor = 0;
  #stateTick = 0;
  #ephemeral = 0;
  #skippedTo = 0;
  #ackSent = 0;
  #backlogEnd: number | undefined;
  #gap: StreamGap | undefined;
  #snapshotFirst = false;
  /** The feed is getting the state that was asked for, and will tell when it is here. */
  #isFetching = false;
  /** How full the frame may be before it is the next session's turn. */
  #shareEnd = 0;
  /** A state that is being sent in parts: nothing of this stream comes between them. */
  #inParts: { readonly patch: StatePatch; readonly rest: Uint8Array[] } | undefined;
  #paused: PauseMode = PauseMode.UNSPECIFIED;
  #ended: StreamEnd | undefined;
  /** Replies and errors that come with, or right after, the state they talk about (rule IN-2). Undefined: none. */
  #answers: Uint8Array[] | undefined;

  constructor(parts: SessionStreamParts) {
    const { start } = parts;
    this.#sessionId = parts.sessionId;
    this.#feed = parts.feed;
    this.#playerId = parts.playerId;
    this.#counters = parts.counters;
    this.#observer = parts.observer;
    this.#statePartBytesMax = parts.statePartBytesMax;
    this.#reads = parts.reads;
    this.firstCursor = start.cursor;
    this.begin(start);
  }

  /** Goes on in another feed of the same life of the room, where it stands. */
  readFrom(feed: RoomFeed): void {
    this.#feed = feed;
    // What it was waiting for is asked for again, there.
    this.#isFetching = false;
    this.rest();
  }

  /** Nobody reads for now: lets go of what was fetched for it. */
  rest(): void {
    this.#past?.rest();
  }

  /** The last log cursor sent or passed over. */
  get cursor(): number {
    return this.#cursor;
  }

  get stateTick(): number {
    return this.#stateTick;
  }

  /** State updates per second that may go. */
  get updateRateHz(): number {
    return this.#pace?.effectiveHz ?? this.#feed.about.updateRateHz;
  }

  /** State updates per second the client asked for; 0 for as much as there is. */
  get wantedHz(): number {
    return this.#pace?.wantedHz ?? 0;
  }

  get paused(): PauseMode {
    return this.#paused;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Entries between the room's newest and this stream. */
  get lag(): number {
    return Math.max(0, this.#feed.log.head - this.#cursor);
  }

  /** Begins anew from a position: at a join, and at every attach. */
  begin(start: StreamStart): void {
    this.rest();
    this.#cursor = start.cursor;
    this.#openStart = start.isOpen === true ? start.cursor : -1;
    this.#openEnd = start.backlogEnd;
    this.#stateTick = start.stateTick;
    this.#backlogEnd = start.backlogEnd;
    this.#gap = start.gap;
    this.#snapshotFirst = start.gap !== undefined;
    this.#skippedTo = 0;
    this.#ackSent = 0;
    this.#ephemeral = this.#feed.ephemerals.head;
    // Whoever comes back asks again for what it was not told (rule RS-8).
    this.#answers = undefined;
    this.#inParts = undefined;
  }

  /** Has the body of an answer written once the newest state has been; that state then waits for no rate. */
  answer(body: Uint8Array): void {
    (this.#answers ??= []).push(body);
  }

  /** Stands still (rule PR-1). */
  pause(mode: PauseMode): void {
    this.#paused = mode;
    this.rest();
  }

  /** Goes on: after BUFFER where it stood, after SKIP at the newest entry (rule PR-3). */
  resume(): void {
    if (this.#paused === PauseMode.UNSPECIFIED) return;
    const { head } = this.#feed.log;
    if (this.#paused === PauseMode.SKIP) {
      this.#cursor = head;
      this.#skippedTo = 0;
      this.#gap = undefined;
      // Whoever waits for the end of the backlog waits for no more.
      if (this.#backlogEnd !== undefined) this.#backlogEnd = head;
    } else {
      this.#backlogEnd = head;
    }
    this.#paused = PauseMode.UNSPECIFIED;
    this.#ephemeral = this.#feed.ephemerals.head;
  }

  /** Lowers the update rate to what the client wants; 0 for as much as there is (rule PR-5). */
  want(rateHz: number): void {
    this.#pace ??= new StatePace(this.#feed.about.updateRateHz);
    this.#pace.want(rateHz);
  }

  /** Divides the update rate while the connection is congested; 1 when it is not (rule BP-2). */
  divideRateBy(divisor: number): void {
    if (this.#pace === undefined && divisor === 1) return;
    this.#pace ??= new StatePace(this.#feed.about.updateRateHz);
    this.#pace.divideBy(divisor);
  }

  /** Sends the input acknowledgement once more, since the client seems not to have it. */
  repeatAck(): void {
    this.#ackSent = 0;
  }

  /** The room has ended this session: what is in the feed now is the last (rule JN-8). */
  end(reason: CloseReason, detail: string): void {
    // Its end waits for no store: what the feed does not hold is a gap.
    this.rest();
    this.#ended ??= {
      ...{ reason, detail },
      acked: this.#observer.acked,
      cursor: this.#feed.log.head,
    };
  }

  /** When a state that waits for its rate is due, on the monotonic clock; undefined when none waits. */
  stateDueAtMs(): number | undefined {
    if (this.#paused !== PauseMode.UNSPECIFIED || this.#isFetching) return undefined;
    if (this.#feed.stateTick <= this.#stateTick) return undefined;
    return this.#pace?.dueAtMs() ?? 0;
  }

  /** Writes into the frame what is owed now, as far as it fits; no further event when it has written `shareBytes`. */
  pull(frame: FrameWriter, nowMs: number, shareBytes: number): Pulled {
    const before = frame.messages;
    this.#shareEnd = frame.bytes + shareBytes;
    const flows = this.#paused === PauseMode.UNSPECIFIED;
    if (flows && !this.#pullFlow(frame, nowMs)) return "more";
    if (this.#answers !== undefined && !this.#pullAnswers(frame, flows)) return "more";
    if (this.#ended !== undefined) {
      if (!this.#add(frame, encodeLeft(this.#ended.reason, this.#ended.detail))) return "more";
      return "ended";
    }
    if (frame.messages === before && this.#ackable > this.#ackSent) {
      if (!this.#add(frame, noBody)) return "more";
    }
    return "drained";
  }

  /**
   * Up to which input the player may be told that it was applied: not while it lacks the state that shows it (rule IN-2),
   * unless it wants none.
   */
  get #ackable(): number {
    const isBehind = this.#feed.stateTick > this.#stateTick;
    const ended = this.#ended;
    if (isBehind && this.#paused === PauseMode.UNSPECIFIED) {
      // Unless the room is gone and its last state with it.
      if (ended === undefined || !this.#isFetching) return this.#ackSent;
    }
    return ended?.acked ?? this.#observer.acked;
  }

  /** Gap, entries, end of backlog, state, ephemerals. Returns false when something did not fit. */
  #pullFlow(frame: FrameWriter, nowMs: number): boolean {
    if (this.#inParts !== undefined && !this.#writeParts(frame, nowMs, this.#inParts)) return false;
    if (this.#gap === undefined) this.#fallOff();
    if (this.#gap !== undefined && !this.#pullGap(frame)) return false;
    if (this.#snapshotFirst) {
      const snapshot = this.#feed.snapshot();
      this.#isFetching = snapshot === "later";
      // Nothing may come between a gap and its snapshot: the rest waits until it is here.
      if (snapshot === "later") return true;
      if (!this.#writeState(frame, nowMs, snapshot)) return false;
      this.#snapshotFirst = false;
    }
    let entries = this.#pullEntries(frame);
    if (entries === "after-state") {
      if (!this.#pullEndOfBacklog(frame) || !this.#pullState(frame, nowMs, true)) return false;
      entries = this.#pullEntries(frame);
      // The state has to be fetched: what goes behind it waits until it is here.
      if (entries === "after-state") return true;
    }
    const drained = entries === "drained";
    if (drained) this.rest();
    if (drained && !this.#pullEndOfBacklog(frame)) return false;
    const fitted = this.#pullState(frame, nowMs, false);
    // The state does not wait for what the store has: who looks back far sees the room as it is meanwhile.
    if (entries === "wait") return fitted;
    if (drained && fitted) this.#pullEphemerals(frame);
    return drained && fitted;
  }

  /** The next entry is no longer in the log (rule RL-5), nor in the history of the room (rule HI-4). */
  #fallOff(): void {
    const lost = fallenOff(this.#feed.log, this.#cursor);
    if (lost === undefined) return;
    const missing = this.#missing(lost.to);
    if (missing === undefined) return;
    const { to, reason } = missing;
    if (reason === GapReason.LOG_TRIMMED && this.#isAtOpenStart) {
      this.#cursor = Math.min(to, this.#openEnd);
      this.#openStart = this.#cursor;
      this.#skippedTo = this.#cursor;
      this.#fallOff();
      return;
    }
    this.#gap = { from: lost.from, to, reason };
    this.#cursor = to;
    this.#stateTick = 0;
    this.#skippedTo = 0;
    this.#snapshotFirst = true;
  }

  /** Whether nothing was given yet to a client that has said nothing of where it stood. */
  get #isAtOpenStart(): boolean {
    const isOpen = this.#cursor === this.#openStart && this.#cursor < this.#openEnd;
    return isOpen && this.#ended === undefined;
  }

  /** Which of the entries up to this one cannot be had, beginning with the next; undefined: that one is in the history, or may be. */
  #missing(to: number): MissingPast | undefined {
    const past = this.#readPast();
    if (past === undefined) return { to, reason: GapReason.LOG_TRIMMED };
    return past !== "wait" && "to" in past ? past : undefined;
  }

  /** The next entry, which the log does not hold any more. "more": it is missing, which is told at the next pull. */
  #pastEntry(): LogEntry | "wait" | "more" {
    const past = this.#readPast();
    if (past === "wait") return past;
    return past === undefined || "to" in past ? "more" : past;
  }

  /** What comes next, which the log does not hold any more; undefined: no more is kept, or not for this stream. */
  #readPast(): ReturnType<PastReader["next"]> | undefined {
    if (this.#feed.history === undefined || this.#ended !== undefined) return undefined;
    this.#past ??= new PastReader(this.#reads, () => this.#observer.onAdvance());
    return this.#past.next(this.#feed, this.#cursor);
  }

  #pullGap(frame: FrameWriter): boolean {
    const gap = this.#gap;
    if (gap === undefined) return true;
    if (!this.#add(frame, encodeGap(gap, this.#feed.about.epoch))) return false;
    this.#counters.gapsSent++;
    this.#observer.onGap(gap);
    this.#gap = undefined;
    return true;
  }

  /** "after-state": the next one goes behind a state that has not been written. "wait": it is on its way from the store. */
  #pullEntries(frame: FrameWriter): "drained" | "more" | "after-state" | "wait" {
    const { log } = this.#feed;
    const last = this.#ended?.cursor ?? log.head;
    while (this.#cursor < last) {
      // What comes after it is live.
      if (this.#backlogEnd !== undefined && !this.#pullEndOfBacklog(frame)) return "more";
      let entry = log.get(this.#cursor + 1);
      if (entry === undefined) {
        const past = this.#pastEntry();
        if (typeof past === "string") return past;
        entry = past;
      }
      if (frame.bytes >= this.#shareEnd) return "more";
      if (!isFor(entry.audience, this.#playerId)) {
        this.#skippedTo = ++this.#cursor;
        continue;
      }
      if (entry.afterTick > this.#stateTick && this.#isBehindState(entry)) return "after-state";
      if (!frame.fits(entry.body.length)) return "more";
      this.#write(frame, entry.body);
      this.#cursor++;
      this.#counters.eventsSent++;
    }
    return "drained";
  }

  /** Not in the history of a join, which goes before all state (rule JN-5), and not when the state can no longer be had. */
  #isBehindState({ cursor }: LogEntry): boolean {
    const isHistory = this.#stateTick === 0 && cursor <= (this.#backlogEnd ?? 0);
    return !isHistory && !(this.#isFetching && this.#ended !== undefined);
  }

  #pullEndOfBacklog(frame: FrameWriter): boolean {
    if (this.#backlogEnd === undefined || this.#cursor < this.#backlogEnd) return true;
    if (!this.#add(frame, encodeEndOfBacklog(this.#backlogEnd))) return false;
    this.#backlogEnd = undefined;
    return true;
  }

  #pullState(frame: FrameWriter, nowMs: number, isAwaited: boolean): boolean {
    if (this.#feed.stateTick <= this.#stateTick) return true;
    if (this.#stateTick > 0 && !isAwaited && this.#waitsForRate(nowMs)) return true;
    const patch = this.#feed.patch(this.#stateTick);
    this.#isFetching = patch === "later";
    return patch === "later" || this.#writeState(frame, nowMs, patch);
  }

  #waitsForRate(nowMs: number): boolean {
    if (this.#pace === undefined || this.#answers !== undefined || this.#ended !== undefined)
      return false;
    return nowMs < this.#pace.dueAtMs();
  }

  #writeState(frame: FrameWriter, nowMs: number, patch: StatePatch | undefined): boolean {
    if (patch === undefined) return true;
    const { body } = patch;
    if (body.length > this.#statePartBytesMax) {
      this.#inParts = { patch, rest: [...stateParts(body, this.#statePartBytesMax)] };
      // What follows a gap is on its way with its first part.
      this.#snapshotFirst = false;
      return this.#writeParts(frame, nowMs, this.#inParts);
    }
    if (!frame.fits(body.length)) return false;
    this.#wroteState(patch, nowMs);
    this.#write(frame, body);
    return true;
  }

  /** The last part goes as the state itself: then the client is at its tick. */
  #writeParts(
    frame: FrameWriter,
    nowMs: number,
    { patch, rest }: { readonly patch: StatePatch; readonly rest: Uint8Array[] },
  ): boolean {
    for (let part = rest[0]; part !== undefined; part = rest[0]) {
      if (!frame.fits(part.length)) return false;
      rest.shift();
      if (rest.length === 0) {
        this.#inParts = undefined;
        this.#wroteState(patch, nowMs);
      }
      this.#write(frame, part);
    }
    return true;
  }

  #wroteState(patch: StatePatch, nowMs: number): void {
    const feed = this.#feed;
    this.#stateTick = patch.tick;
    this.#counters.statesSent++;
    if (patch.baseTick === 0) this.#counters.snapshotsSent++;
    else if (patch.baseTick !== feed.previousStateTick) this.#counters.statesConflated++;
    this.#pace?.sent(nowMs);
  }

  /** Only what fits: ephemerals are the first to go (rules RL-8, BP-2). */
  #pullEphemerals(frame: FrameWriter): void {
    const ring = this.#feed.ephemerals;
    const missed = ring.first - 1 - this.#ephemeral;
    if (missed > 0) {
      this.#counters.ephemeralsDropped += missed;
      this.#ephemeral += missed;
    }
    while (this.#ephemeral < ring.head) {
      const entry = ring.get(++this.#ephemeral);
      if (entry === undefined || !isFor(entry.audience, this.#playerId)) continue;
      if (frame.fits(entry.body.length)) this.#write(frame, entry.body);
      else this.#counters.ephemeralsDropped++;
    }
  }

  /** Answers, but not before the state they talk about, unless none is to come. */
  #pullAnswers(frame: FrameWriter, flows: boolean): boolean {
    const isOwed = this.#feed.stateTick > this.#stateTick || this.#snapshotFirst;
    if (flows && isOwed && this.#ended === undefined) return true;
    const answers = this.#answers ?? [];
    let written = 0;
    for (const body of answers) {
      if (!this.#add(frame, body)) break;
      this.#observer.onAnswered(body.length);
      written++;
    }
    if (written < answers.length) {
      answers.splice(0, written);
      return false;
    }
    this.#answers = undefined;
    return true;
  }

  /** Writes a message if it fits. */
  #add(frame: FrameWriter, body: Uint8Array): boolean {
    if (!frame.fits(body.length)) return false;
    this.#write(frame, body);
    return true;
  }

  #write(frame: FrameWriter, body: Uint8Array): void {
    const acked = this.#ackable;
    const { header } = frame;
    header.sessionId = this.#sessionId;
    header.inputAck = acked > this.#ackSent ? acked : 0;
    header.skippedTo = this.#skippedTo;
    this.#ackSent = acked;
    this.#skippedTo = 0;
    frame.message(header, body);
  }
}
