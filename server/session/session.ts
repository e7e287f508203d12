import type { CloseReason } from "../../shared/close-reason.ts";
import type { ReceivedInput } from "../../shared/codec/client-frame.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { wireErrorCode, type RoomlineErrorCode } from "../../shared/errors.ts";
import {
  Control_Action as Action,
  PauseMode,
  type Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Counters } from "../observe/counters.ts";
import type { FrameWriter } from "./frame-writer.ts";
import {
  SessionStream,
  type Pulled,
  type StreamGap,
  type StreamObserver,
  type StreamStart,
} from "./session-stream.ts";
import type { FeedReader, InputReply, RoomFeed, RoomInbox, Seat } from "../feed/feed.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../schedule/token-bucket.ts";
import type { Attachment, OutboxSource } from "./attachment.ts";
import { RequestBook } from "./request-book.ts";
import { taken, type InputOutcome } from "./input-outcome.ts";
import { encodeReply } from "./session-messages.ts";
import { nextSessionState, type SessionEvent, type SessionState } from "./session-state.ts";

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

/** What all sessions of a server share. */
export interface SessionWorld {
  readonly inputs: TokenBucketConfig;
  /** Requests a client may have open. */
  readonly requestsMax: number;
  readonly counters: Counters;
  readonly observer: SessionObserver;
  /** The session is over and its last message sent, or never will be. */
  readonly onOver: (session: Session) => void;
}

/** What a session is made of. */
export interface SessionParts {
  readonly sessionId: string;
  readonly clientId: string;
  readonly feed: RoomFeed;
  readonly inbox: RoomInbox;
  readonly world: SessionWorld;
  readonly nowMs: number;
}

/** One player's seat in one room. Outlives connections: it is attached to one, or waits for the next. */
export class Session implements FeedReader, OutboxSource, StreamObserver, TokenHolder {
  nextInLine: OutboxSource | undefined;
  isInLine = false;
  /** The next of the same client's sessions, round and round: see {@link ClientRecord.session}. */
  nextOfClient: Session = this;
  /** What the player may still send (rule FL-1). */
  tokens = 0;
  tokensAtMs = 0;
  readonly sessionId: string;
  readonly clientId: string;
  /** When it was made, on the monotonic clock. */
  readonly joinedAtMs: number;
  readonly feed: RoomFeed;
  readonly #inbox: RoomInbox;
  readonly #world: SessionWorld;
  #state: SessionState = { kind: "active" };
  /** What the state says, one look nearer: asked for every input. */
  #isClosed = false;
  #attachment: Attachment | undefined;
  #seat: Seat | undefined;
  #stream: SessionStream | undefined;
  #lastInputSeq = 0;
  #ackedCursor = 0;
  /** Undefined before the first input that wants a reply. */
  #requests: RequestBook | undefined;

  constructor({ sessionId, clientId, feed, inbox, world, nowMs }: SessionParts) {
    this.sessionId = sessionId;
    this.clientId = clientId;
    this.joinedAtMs = nowMs;
    this.feed = feed;
    this.#inbox = inbox;
    this.#world = world;
    fillTokens(this, world.inputs, nowMs);
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

  /** The newest input whose effects the newest state holds. */
  get appliedInputSeq(): number {
    return this.#seat?.appliedSeq ?? 0;
  }

  /** The last cursor the client has acknowledged. */
  get ackedCursor(): number {
    return this.#ackedCursor;
  }

  /** The stream, once there is a seat. */
  get stream(): SessionStream | undefined {
    return this.#stream;
  }

  /** The seat has been taken: begins to read. */
  seated(seat: Seat, start: StreamStart, to: { attachment: Attachment; joined: Uint8Array }): void {
    const { attachment, joined } = to;
    const { sessionId, feed } = this;
    const { counters } = this.#world;
    this.#seat = seat;
    this.#attachment = attachment;
    this.#stream = new SessionStream({ sessionId, feed, seat, counters, start, observer: this });
    this.#stream.divideRateBy(attachment.rateDivisor);
    // This may end the connection; then the session is detached like any other.
    attachment.control(joined);
    this.onAdvance();
  }

  /** A connection is there again; the stream begins anew at `start` (rule RS-1). */
  attach(attachment: Attachment, start: StreamStart, nowMs: number): void {
    this.#attachment = attachment;
    this.#stream?.divideRateBy(attachment.rateDivisor);
    this.#stream?.begin(start);
    this.#on({ kind: "attach" }, nowMs);
    this.onAdvance();
  }

  /** The connection is gone (rule RS-7). A session whose end was still to be told is over. */
  detach(nowMs: number): void {
    this.#attachment = undefined;
    if (this.#stream?.hasEnded === true) this.#world.onOver(this);
    else this.#on({ kind: "detach" }, nowMs);
  }

  /** The connection is gone and the player with it: the room sees onLeave alone (rule RS-7). */
  abandon(reason: CloseReason, nowMs: number): void {
    this.#attachment = undefined;
    if (this.#stream?.hasEnded === true) this.#world.onOver(this);
    else this.close(reason, nowMs);
  }

  /** Ends the session from the player's side or the server's: the room sees onLeave, the player Left. */
  close(reason: CloseReason, nowMs: number): void {
    if (this.#state.kind === "closed") return;
    this.#on({ kind: "close", reason }, nowMs);
    if (this.#attachment === undefined) {
      this.#world.onOver(this);
      return;
    }
    this.#stream?.pause(PauseMode.SKIP);
    this.#stream?.end(reason, "");
    this.onAdvance();
  }

  /** PAUSE and RESUME (rules PR-1 to PR-4). */
  pause(mode: PauseMode, nowMs: number): void {
    this.#on({ kind: "pause", mode }, nowMs);
    this.#control({ action: Action.PAUSED, mode });
  }

  resume(nowMs: number): void {
    this.#on({ kind: "resume" }, nowMs);
    this.#control({ action: Action.RESUMED, cursor: BigInt(this.#stream?.cursor ?? 0) });
    this.onAdvance();
  }

  /** SET_RATE (rule PR-5). */
  setRate(rateHz: number): void {
    if (!Number.isFinite(rateHz) || rateHz < 0) {
      this.onError(
        "invalid-argument",
        `SET_RATE: ${rateHz} is not a rate of 0 or more per second.`,
      );
      return;
    }
    this.#stream?.want(rateHz);
    this.onAdvance();
  }

  /** Divides the update rate while the connection is congested (rule BP-2). */
  throttle(divisor: number): void {
    if (this.#stream === undefined) return;
    this.#stream.divideRateBy(divisor);
    this.#control({
      action: Action.THROTTLED,
      rateHz: divisor === 1 ? 0 : this.#stream.updateRateHz,
      reason: divisor === 1 ? "" : "The connection is congested.",
    });
  }

  /** Tells the player that its inputs are read later (rule FL-1). */
  tellFlooding(): void {
    this.#control({
      action: Action.THROTTLED,
      rateHz: this.#world.inputs.perSecond,
      reason: "Too many inputs per second; reading later.",
    });
  }

  ack(cursor: number): void {
    if (cursor > this.#ackedCursor) this.#ackedCursor = cursor;
  }

  /** Takes an input (rules IN-1, IN-4, IN-5, FL-1). */
  input(input: ReceivedInput, nowMs: number): InputOutcome {
    if (this.#seat === undefined || this.#isClosed) return taken;
    if (input.seq > 0) {
      if (input.seq <= this.#lastInputSeq) return this.#duplicate(input);
      const detail = this.#fault(input);
      if (detail !== undefined) return { kind: "refused", detail };
      this.#lastInputSeq = input.seq;
      if (input.wantsReply) this.#openRequests().open(input.seq);
    }
    this.#inbox.input(this.#seat, input);
    const delayMs = takeTokens(this, this.#world.inputs, 1, nowMs);
    return delayMs === 0 ? taken : { kind: "taken", delayMs };
  }

  // FeedReader: what the room says.

  onAdvance(): void {
    this.#attachment?.markDirty(this);
  }

  onReply(seq: number, reply: InputReply): void {
    // A handler that waited may answer twice or too late; only the first answer of a known input counts.
    if (this.#requests?.close(seq) !== true) return;
    const encoded = encodeReply(this.sessionId, seq, reply);
    this.#requests.keepReply(seq, encoded);
    this.#attachment?.control(encoded);
  }

  onError(code: RoomlineErrorCode, message: string, inputSeq = 0): void {
    const { sessionId } = this;
    const value = { code: wireErrorCode(code), message, inputSeq: BigInt(inputSeq) };
    this.#attachment?.control(encodeServerMessage({ sessionId, body: { case: "error", value } }));
  }

  onEnded(reason: CloseReason, detail: string): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed", reason };
    this.#isClosed = true;
    this.#world.observer.onLeft(this, reason);
    this.#stream?.end(reason, detail);
    if (this.#attachment === undefined) this.#world.onOver(this);
    else this.onAdvance();
  }

  // StreamObserver: what its stream says.

  onGap(gap: StreamGap): void {
    this.#world.observer.onGap(this, gap);
  }

  // OutboxSource: what the connection asks.

  pull(frame: FrameWriter, nowMs: number): Pulled {
    const pulled = this.#stream?.pull(frame, nowMs) ?? "drained";
    if (pulled === "ended") {
      this.#attachment = undefined;
      this.#world.onOver(this);
    }
    return pulled;
  }

  dueAtMs(): number | undefined {
    return this.#stream?.stateDueAtMs();
  }

  #fault({ seq, wantsReply }: ReceivedInput): string | undefined {
    if (seq > this.#lastInputSeq + 1) {
      return `Input ${seq} of session "${this.sessionId}" does not follow ${this.#lastInputSeq}.`;
    }
    const { requestsMax } = this.#world;
    if (wantsReply && (this.#requests?.openCount ?? 0) >= requestsMax) {
      return `Session "${this.sessionId}" has more than ${requestsMax} requests open.`;
    }
    return undefined;
  }

  #openRequests(): RequestBook {
    this.#requests ??= new RequestBook(this.#world.requestsMax);
    return this.#requests;
  }

  #duplicate(input: ReceivedInput): InputOutcome {
    this.#world.counters.inputsDuplicate++;
    if (input.wantsReply && this.#requests?.isOpen(input.seq) !== true)
      this.#answerAgain(input.seq);
    this.#stream?.repeatAck();
    this.onAdvance();
    return taken;
  }

  #answerAgain(seq: number): void {
    const message = "This was answered, and the answer is no longer kept.";
    const forgotten = { kind: "error", code: "internal", message } as const;
    this.#attachment?.control(
      this.#requests?.reply(seq) ?? encodeReply(this.sessionId, seq, forgotten),
    );
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
          if (this.#seat !== undefined) this.#inbox.drop(this.#seat);
          break;
        case "room-resume":
          if (this.#seat !== undefined) this.#inbox.resume(this.#seat);
          break;
        case "room-leave":
          this.#world.observer.onLeft(this, effect.reason);
          if (this.#seat !== undefined) this.#inbox.leave(this.#seat, effect.reason);
          break;
      }
    }
  }

  #control(value: {
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
