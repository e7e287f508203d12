import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { ReceivedInput } from "../../shared/codec/client-frame.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import type { RoomlineError, RoomlineErrorCode } from "../../shared/errors.ts";
import {
  Control_Action as Action,
  PauseMode,
  type Control,
  type ReadHistory,
  type Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { historyCountMax } from "../../shared/limits.ts";
import type { RoomRef } from "../feed/catalogue.ts";
import type { RoomFeed } from "../feed/feed.ts";
import type { HistoryReads } from "../feed/history-reads.ts";
import type {
  InputReply,
  JoinRequest,
  MovedRoom,
  Refusal,
  RoomInbox,
  SeatDesk,
  Seated,
  SeatError,
} from "../feed/inbox.ts";
import type { Counters } from "../observe/counters.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../schedule/token-bucket.ts";
import { shareBytes, type Attachment, type PullSource } from "./attachment.ts";
import type { KeptSession } from "./client-export.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { HistoryCall, type HistoryAnswer } from "./history-call.ts";
import {
  encodeHistory,
  encodeHistoryFrame,
  encodeReply,
  encodeReplyFrame,
  encodeSessionError,
} from "./messages.ts";
import {
  SessionStream,
  type Pulled,
  type StreamGap,
  type StreamObserver,
  type StreamStart,
} from "./session-stream.ts";
import { nextSessionState, type SessionEvent, type SessionState } from "./session-state.ts";

/*
 *   connection  1 ── n  session  1 ── 1  seat  n ── 1  room
 *   the network's       the player's     the room's
 *   life: a wire        life: until it   life: until the     life: until it is
 *                       is closed        player is out       closed
 *
 * A session is the player's end of a seat. It outlives connections, and reads its room's feed by a cursor; the seat is the
 * room's end, a number here, and knows which inputs it has had.
 */

/** Told what happens to sessions; all of it is rare. */
export interface SessionObserver {
  onJoined(session: Session, verdict: Verdict): void;
  onResumed(session: Session, verdict: Verdict): void;
  /** A client wanted to resume a session that is no longer there. */
  onGone(clientId: string): void;
  /** Its connection is gone; it waits for the next. */
  onDetached(session: Session): void;
  /** It is over, for this reason, though its player may still have to be told. */
  onLeft(session: Session, reason: CloseReason): void;
  /** The player was told that it misses these entries of the log. */
  onGap(session: Session, gap: StreamGap): void;
}

/** Errors of inputs that a session tells again at each resume (rule IN-6). */
const inputErrorsMax = 64;

/** What all sessions of a server share. */
export interface SessionWorld {
  readonly inputs: TokenBucketConfig;
  /** Requests a client may have open. */
  readonly requestsMax: number;
  /** A state larger than this goes in parts (rule ST-6). */
  readonly statePartBytesMax: number;
  readonly counters: Counters;
  /** Who reads what rooms keep beyond their logs. */
  readonly reads: HistoryReads;
  readonly observer: SessionObserver;
  /** The session is over and its last message sent, or never will be. */
  readonly onOver: (session: Session) => void;
  /** The room has ended the session, which its client may not hear. */
  readonly onEnded: (session: Session, end: SessionEnd) => void;
}

/** How a room has ended a session. */
export interface SessionEnd {
  readonly reason: CloseReason;
  /** For people. */
  readonly detail: string;
}

/** What came of an input. */
type InputOutcome =
  /** Taken, or known already. `delayMs`: how long to take no more from this player (rule FL-1). */
  | { readonly kind: "taken"; readonly delayMs: number }
  /** Not the next one (rule IN-1), or one request more than a client may have open (rule IN-3): the peer's fault. */
  | { readonly kind: "refused"; readonly detail: string };

/** What comes of nearly every input: one object for all. */
const taken: InputOutcome = { kind: "taken", delayMs: 0 };

/** Who waits for the answer to a Join. */
interface JoinWaiter {
  seated(seated: Seated): void;
  refused(error: RoomlineError): void;
}

/** One player's seat in one room. Outlives connections: it is attached to one, or waits for the next. */
export class Session implements SeatDesk, PullSource, StreamObserver, TokenHolder {
  nextInQueue: PullSource | undefined;
  isInQueue = false;
  credit = shareBytes;
  /** The newest errors of inputs; undefined: none yet. */
  #inputErrors: SeatError[] | undefined;
  /** The next of the same client's sessions, in a ring: see {@link ClientRecord.session}. */
  nextOfClient: Session = this;
  /** What the player may still send (rule FL-1). */
  tokens = 0;
  tokensAtMs = 0;
  /** The newest input applied (SeatDesk): the feed writes it at a commit. */
  acked = 0;
  readonly sessionId: string;
  readonly clientId: string;
  /** When it was made, on the monotonic clock. */
  readonly joinedAtMs: number;
  #feed: RoomFeed;
  #inbox: RoomInbox;
  readonly #world: SessionWorld;
  #state: SessionState = { kind: "active" };
  /** Whether the state is closed: kept here, for every input asks. */
  #isClosed = false;
  #attachment: Attachment | undefined;
  /** Undefined once the Join is answered, or nobody wants the answer any more. */
  #waiter: JoinWaiter | undefined;
  /** 0 before there is one. */
  #seat = 0;
  #stream: SessionStream | undefined;
  #lastInputSeq = 0;
  #ackedCursor = 0;
  /** Requests without a reply; undefined before the first. */
  #requests: Set<number> | undefined;
  /** What its player looks back at; undefined: nothing now. */
  #looking: HistoryCall | undefined;

  constructor(parts: {
    readonly sessionId: string;
    readonly clientId: string;
    readonly room: RoomRef;
    readonly world: SessionWorld;
    readonly nowMs: number;
  }) {
    const { room, world, nowMs } = parts;
    this.sessionId = parts.sessionId;
    this.clientId = parts.clientId;
    this.joinedAtMs = nowMs;
    this.#feed = room.feed;
    this.#inbox = room.inbox;
    this.#world = world;
    fillTokens(this, world.inputs, nowMs);
  }

  /** What it reads. */
  get feed(): RoomFeed {
    return this.#feed;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The connection it is on; empty while it is detached. */
  get connectionId(): string {
    return this.#attachment?.connectionId ?? "";
  }

  /** The newest input taken. */
  get lastInputSeq(): number {
    return this.#lastInputSeq;
  }

  /** The last cursor the client has acknowledged. */
  get ackedCursor(): number {
    return this.#ackedCursor;
  }

  /** The stream, once there is a seat. */
  get stream(): SessionStream | undefined {
    return this.#stream;
  }

  /** Entries of the log that its player is behind; none while the player has no connection to be behind on. */
  get lag(): number {
    return this.#state.kind === "detached" ? 0 : (this.#stream?.lag ?? 0);
  }

  /** Asks the room for a seat. */
  join(request: JoinRequest, waiter: JoinWaiter): void {
    this.#waiter = waiter;
    this.#inbox.join(request, this);
  }

  /** Begins to read from the seat that was taken. */
  begin(
    seat: number,
    start: StreamStart,
    to: { attachment: Attachment; joined: Uint8Array },
  ): void {
    const { attachment, joined } = to;
    const { sessionId, clientId: playerId, feed } = this;
    const { counters, statePartBytesMax, reads } = this.#world;
    this.#seat = seat;
    this.#attachment = attachment;
    this.#stream = new SessionStream({
      ...{ sessionId, playerId, feed, counters, statePartBytesMax, reads, start },
      observer: this,
    });
    this.#stream.divideRateBy(attachment.rateDivisor);
    // This may end the connection; then the session is detached like any other.
    attachment.control(joined);
    this.onAdvance();
  }

  /** Asks the room for the seat that the player has over another node. */
  adopt(home: number, waiter: JoinWaiter): void {
    this.#waiter = waiter;
    const { clientId: playerId, sessionId } = this;
    this.#inbox.adopt({ playerId, sessionId, home }, this);
  }

  /** Goes on with the seat that was adopted, once there is a connection. `kept`: what the node before knew, if that could be asked. */
  goOn({ seat, joinCursor, takenSeq, openRequests }: Seated, kept: KeptSession | undefined): void {
    const { sessionId, clientId: playerId, feed, joinedAtMs: sinceMs } = this;
    const { counters, statePartBytesMax, reads } = this.#world;
    const first = Math.max(0, joinCursor - feed.about.historyOnJoin);
    const cursor = kept?.firstCursor ?? first;
    const start = { cursor, stateTick: 0, backlogEnd: cursor };
    this.#seat = seat;
    this.#lastInputSeq = takenSeq;
    if (openRequests.length > 0) this.#requests = new Set(openRequests);
    this.#stream = new SessionStream({
      ...{ sessionId, playerId, feed, counters, statePartBytesMax, reads, start },
      observer: this,
    });
    const paused = kept?.paused ?? PauseMode.UNSPECIFIED;
    if (paused !== PauseMode.UNSPECIFIED) this.#stream.pause(paused);
    if (kept !== undefined && kept.wantedHz > 0) this.#stream.want(kept.wantedHz);
    this.#state = { kind: "detached", sinceMs, paused };
  }

  /**
   * Lets go of the seat: the player goes to another node, or the room goes to sleep. Returns what only this one knows; undefined: there is
   * nothing to go on with. `leftMs`: how long the seat is kept. Default: a whole resume window.
   */
  letGo(leftMs?: number): KeptSession | undefined {
    const stream = this.#stream;
    if (this.#isClosed || this.#seat === 0 || stream === undefined) return undefined;
    this.#attachment = undefined;
    this.#lookAway();
    this.#isClosed = true;
    this.#state = { kind: "closed", reason: closeReasons.superseded };
    this.#inbox.letGo(this.#seat, this.#inputErrors ?? [], leftMs);
    return { paused: stream.paused, wantedHz: stream.wantedHz, firstCursor: stream.firstCursor };
  }

  /** Gives a seat back that nobody wants any more. */
  giveBack(seat: number, reason: CloseReason): void {
    this.#state = { kind: "closed", reason };
    this.#isClosed = true;
    this.#inbox.leave(seat, reason);
  }

  /** A connection is there again; the stream begins anew at `start` (rule RS-1). */
  attach(attachment: Attachment, start: StreamStart, nowMs: number): void {
    this.#attachment = attachment;
    this.#stream?.divideRateBy(attachment.rateDivisor);
    this.#stream?.begin(start);
    for (const { refusal, inputSeq } of this.#inputErrors ?? []) {
      attachment.control(encodeSessionError(this.sessionId, refusal, inputSeq));
    }
    this.#on({ kind: "attach" }, nowMs);
    this.onAdvance();
  }

  /** The connection is gone (rule RS-7). A session whose end was still to be told is over. */
  detach(nowMs: number): void {
    this.#attachment = undefined;
    this.#lookAway();
    if (this.#isClosed) this.#world.onOver(this);
    else this.#on({ kind: "detach" }, nowMs);
  }

  /** The connection is gone and the player with it: the room sees onLeave alone (rule RS-7). */
  abandon(reason: CloseReason, nowMs: number): void {
    this.#attachment = undefined;
    this.#lookAway();
    if (this.#isClosed) this.#world.onOver(this);
    else this.close(reason, nowMs);
  }

  /** Ends the session from the player's side or the server's: the room sees onLeave, the player Left, when the room is done. */
  close(reason: CloseReason, nowMs: number): void {
    if (this.#isClosed) return;
    this.#on({ kind: "close", reason }, nowMs);
    if (this.#attachment === undefined) this.#world.onOver(this);
  }

  /** Control (rules PR). */
  control(control: Control, nowMs: number): void {
    switch (control.action) {
      case Action.PAUSE:
        this.pause(control.mode === PauseMode.SKIP ? PauseMode.SKIP : PauseMode.BUFFER, nowMs);
        return;
      case Action.RESUME:
        this.resume(nowMs);
        return;
      case Action.SET_RATE:
        this.setRate(control.rateHz);
        return;
      default:
        this.#refuse(`A client does not send control action ${control.action}.`);
    }
  }

  /** PAUSE and RESUME (rules PR-1 to PR-4). */
  pause(mode: PauseMode, nowMs: number): void {
    this.#on({ kind: "pause", mode }, nowMs);
    this.#sendControl({ action: Action.PAUSED, mode });
  }

  resume(nowMs: number): void {
    this.#on({ kind: "resume" }, nowMs);
    this.#sendControl({ action: Action.RESUMED, cursor: BigInt(this.#stream?.cursor ?? 0) });
    this.onAdvance();
  }

  /** SET_RATE (rule PR-5). */
  setRate(rateHz: number): void {
    if (!Number.isFinite(rateHz) || rateHz < 0) {
      this.#refuse(`SET_RATE: ${rateHz} is not a rate of 0 or more per second.`);
      return;
    }
    this.#stream?.want(rateHz);
    this.onAdvance();
  }

  /** ReadHistory (rule HI-5). */
  readHistory({ call, before, count }: ReadHistory): void {
    const stream = this.#stream;
    if (this.#isClosed || stream === undefined) return;
    const refuse = (code: RoomlineErrorCode, message: string): void =>
      this.#sayHistory(call, { code, message, reason: "" });
    if (count < 1 || count > historyCountMax) {
      refuse("invalid-argument", `Ask for 1 to ${historyCountMax} events at once, not ${count}.`);
      return;
    }
    if (this.#looking !== undefined) {
      refuse("rate-limited", "This session is being answered about its history: ask again then.");
      return;
    }
    const { head } = this.#feed.log;
    const behind = before === 0n || before > BigInt(head) ? head : Number(before) - 1;
    this.#looking = new HistoryCall({
      ...{ reads: this.#world.reads, playerId: this.clientId, count, behind },
      feed: () => this.#feed,
      // Without a history, it is what the session was given when it began.
      first: this.#feed.history === undefined ? stream.firstCursor + 1 : 1,
      onDone: (answer) => {
        this.#looking = undefined;
        this.#sayHistory(call, answer);
      },
    });
    this.#looking.start();
  }

  #sayHistory(call: number, answer: HistoryAnswer | Refusal): void {
    if (this.#attachment === undefined) return;
    const body = encodeHistory(call, answer);
    if (this.#attachment.hold(body.length)) {
      this.#answer(body);
      return;
    }
    const message = "Too many bytes of answers wait to be read: ask again later.";
    const refusal = { code: "rate-limited", message, reason: "" } as const;
    this.#attachment.control(encodeHistoryFrame(this.sessionId, call, refusal));
  }

  /** Nobody reads for now. */
  #lookAway(): void {
    this.#stream?.rest();
    this.#looking?.stop();
    this.#looking = undefined;
  }

  /** Divides the update rate while the connection is congested (rule BP-2). */
  throttle(divisor: number): void {
    if (this.#stream === undefined) return;
    this.#stream.divideRateBy(divisor);
    this.#sendControl({
      action: Action.THROTTLED,
      rateHz: divisor === 1 ? 0 : this.#stream.updateRateHz,
      reason: divisor === 1 ? "" : "The connection is congested.",
    });
  }

  /** Tells the player that its inputs are read later (rule FL-1). */
  tellFlooding(): void {
    this.#sendControl({
      action: Action.THROTTLED,
      rateHz: this.#world.inputs.perSecond,
      reason: "Too many inputs per second; reading later.",
    });
  }

  ack(cursor: number): void {
    if (cursor > this.#ackedCursor) this.#ackedCursor = cursor;
  }

  /** Takes an input (rules IN-1, IN-3, FL-1). What was here before goes on to the seat, which knows its answer. */
  input(input: ReceivedInput, nowMs: number): InputOutcome {
    if (this.#seat === 0 || this.#isClosed) return taken;
    const { seq, wantsReply } = input;
    if (seq > 0) {
      if (seq <= this.#lastInputSeq) return this.#duplicate(input);
      const detail = this.#fault(input);
      if (detail !== undefined) return { kind: "refused", detail };
      this.#lastInputSeq = seq;
      if (wantsReply) (this.#requests ??= new Set()).add(seq);
    }
    this.#inbox.input(this.#seat, input);
    const delayMs = takeTokens(this, this.#world.inputs, 1, nowMs);
    return delayMs === 0 ? taken : { kind: "taken", delayMs };
  }

  // SeatDesk: what the room says.

  seated(seated: Seated): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.seated(seated);
  }

  refused(error: RoomlineError): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.refused(error);
  }

  moved({ feed, inbox }: MovedRoom): void {
    this.#feed = feed;
    this.#inbox = inbox;
    this.#stream?.readFrom(feed);
    this.#looking?.start();
    this.onAdvance();
  }

  /** Only of one that has been let go of. */
  replaced(): void {}

  onAdvance(): void {
    this.#attachment?.markDirty(this);
  }

  reply(seq: number, reply: InputReply): void {
    this.#requests?.delete(seq);
    if (this.#attachment === undefined) return;
    const body = encodeReply(seq, reply);
    if (this.#attachment.hold(body.length)) this.#answer(body);
    else this.#drop(seq);
  }

  error({ code, message, reason }: Refusal, inputSeq: number): void {
    const refusal = { code, message, reason };
    if (inputSeq > 0) this.#keepError({ refusal, inputSeq });
    // Ahead of the acknowledgement of the input: what is refused is not to be taken for done.
    this.#attachment?.control(encodeSessionError(this.sessionId, refusal, inputSeq));
  }

  /** It may be lost with the connection, or there is none: whoever comes back is told again. */
  #keepError(error: SeatError): void {
    this.#inputErrors ??= [];
    if (this.#inputErrors.push(error) > inputErrorsMax) this.#inputErrors.shift();
  }

  ended(reason: CloseReason, detail: string): void {
    if (this.#isClosed) this.#stream?.pause(PauseMode.SKIP);
    else {
      this.#state = { kind: "closed", reason };
      this.#isClosed = true;
      this.#world.observer.onLeft(this, reason);
      this.#world.onEnded(this, { reason, detail });
    }
    this.#lookAway();
    // A reason that says to come back is the connection's to tell: who comes back hears that the session is gone (rule RS-4).
    if (reason.action !== "resume") this.#stream?.end(reason, detail);
    if (this.#attachment === undefined) this.#world.onOver(this);
    else this.onAdvance();
  }

  // StreamObserver: what its stream says.

  onGap(gap: StreamGap): void {
    this.#world.observer.onGap(this, gap);
  }

  onAnswered(bytes: number): void {
    this.#attachment?.unhold(bytes);
  }

  // PullSource: what the connection asks.

  pull(frame: FrameWriter, nowMs: number, shareBytes: number): Pulled {
    const pulled = this.#stream?.pull(frame, nowMs, shareBytes) ?? "drained";
    if (pulled === "ended") {
      this.#attachment = undefined;
      this.#world.onOver(this);
    }
    return pulled;
  }

  dueAtMs(): number | undefined {
    return this.#stream?.stateDueAtMs();
  }

  #refuse(message: string): void {
    this.error({ code: "invalid-argument", message, reason: "" }, 0);
  }

  #fault({ seq, wantsReply }: ReceivedInput): string | undefined {
    if (seq > this.#lastInputSeq + 1) {
      return `Input ${seq} of session "${this.sessionId}" does not follow ${this.#lastInputSeq}.`;
    }
    const { requestsMax } = this.#world;
    if (wantsReply && (this.#requests?.size ?? 0) >= requestsMax) {
      return `Session "${this.sessionId}" has more than ${requestsMax} requests open.`;
    }
    return undefined;
  }

  #duplicate(input: ReceivedInput): InputOutcome {
    this.#inbox.input(this.#seat, input);
    this.#stream?.repeatAck();
    this.onAdvance();
    return taken;
  }

  /** Sends an answer, for which there is room, after the state it talks about. */
  #answer(body: Uint8Array): void {
    this.#stream?.answer(body);
    this.onAdvance();
  }

  /** Too much waits to be read: the answer is that there was one (rule BP-1). */
  #drop(seq: number): void {
    const message = `The reply to input ${seq} was dropped: too many bytes of replies wait to be read.`;
    const reply: InputReply = { kind: "error", code: "rate-limited", message, reason: "" };
    this.#attachment?.control(encodeReplyFrame(this.sessionId, seq, reply));
  }

  #on(event: SessionEvent, nowMs: number): void {
    const [state, effects] = nextSessionState(this.#state, event, nowMs);
    this.#state = state;
    this.#isClosed = state.kind === "closed";
    for (const effect of effects) {
      switch (effect.kind) {
        case "pause-stream":
          this.#stream?.pause(effect.mode);
          break;
        case "resume-stream":
          this.#stream?.resume();
          break;
        case "room-drop":
          this.#world.observer.onDetached(this);
          if (this.#seat !== 0) this.#inbox.drop(this.#seat);
          break;
        case "room-resume":
          if (this.#seat !== 0) this.#inbox.resume(this.#seat);
          break;
        case "room-leave":
          this.#world.observer.onLeft(this, effect.reason);
          if (this.#seat !== 0) this.#inbox.leave(this.#seat, effect.reason);
          break;
      }
    }
  }

  #sendControl(value: {
    readonly action: Action;
    readonly mode?: PauseMode;
    readonly rateHz?: number;
    readonly reason?: string;
    readonly cursor?: bigint;
  }): void {
    this.#attachment?.control(
      encodeServerMessage({ sessionId: this.sessionId, body: { case: "control", value } }),
    );
  }
}
