import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import {
  ClientFrameDecoder,
  type ClientFrameSink,
  type ReceivedInput,
} from "../../shared/codec/client-frame.ts";
import type { ClientMessage } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Counters } from "../observe/counters.ts";
import type { ClientRecord } from "../session/client-record.ts";
import type { Session } from "../session/session.ts";
import { encodeSessionError } from "../session/messages.ts";
import type { SessionManager } from "../session/session-manager.ts";
import type { FloodOutcome } from "./flood-gate.ts";
import { takeTokens, type TokenBucketConfig, type TokenHolder } from "../schedule/token-bucket.ts";
import { encodeHeartbeat } from "./messages.ts";
import type { Meter } from "./meter.ts";

/** A connection, as its frames see it. */
export interface Arriving extends TokenHolder {
  /** Who is at the other end; undefined when a message before this one in the frame has ended the connection. */
  readonly client: ClientRecord | undefined;
  readonly meter: Meter;
  readonly outbox: { control(encoded: Uint8Array): void };
  close(reason: CloseReason, detail: string): void;
  /** The client gives a new token (rule HS-8). */
  authenticate(token: string): void;
  /** It asks for what takes time: the others have their turn the sooner (rule FL-3). In frames. */
  spend(frames: number): void;
  /** It sends too much: takes nothing from it for a while (rule FL-1). */
  delay(delayMs: number, nowMs: number): FloodOutcome;
}

/** How many other messages a Join counts as: it may make a room, and looks for one. */
const joinCost = 30;

/** Some 80 us, in frames of 0.3 us (rule FL-3). */
const joinFrames = 200;

/** How many other messages an Authenticate counts as: somebody's database may be asked. */
const authenticateCost = 100;

/** How many more messages a ReadHistory counts as: a store is read. */
const historyCost = 9;

/**
 * Decodes the frames of live connections, counts their messages against the limits, and hands them to their sessions.
 * Nothing here waits and nothing is applied, so one of these serves all connections of a server in turn.
 */
export class Inbound implements ClientFrameSink<Arriving> {
  readonly #sessions: SessionManager;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #messages: TokenBucketConfig;
  readonly #joinsPerFrameMax: number;
  readonly #decoder = new ClientFrameDecoder<Arriving>(this);
  #nowMs = 0;
  #active = false;
  /** Joins in this frame. */
  #joins = 0;
  /** The unknown session the client has been told of in this frame: once is enough. */
  #toldUnknown: string | undefined;

  constructor(parts: {
    readonly sessions: SessionManager;
    readonly clock: Clock;
    readonly counters: Counters;
    /** How many messages a connection may send. */
    readonly messages: TokenBucketConfig;
    /** How many rooms it may be in. */
    readonly sessionsMax: number;
  }) {
    this.#joinsPerFrameMax = parts.sessionsMax;
    this.#messages = parts.messages;
    this.#sessions = parts.sessions;
    this.#clock = parts.clock;
    this.#counters = parts.counters;
  }

  /** Handles a frame. Returns whether it held anything but heartbeats. Throws on malformed bytes. */
  frame(frame: Uint8Array, from: Arriving, nowMs: number): boolean {
    this.#nowMs = nowMs;
    this.#active = false;
    this.#joins = 0;
    this.#toldUnknown = undefined;
    // One without messages costs as much to read as one with one.
    if (frame.length === 0 && !isOver(from)) this.#countMessage(from);
    this.#decoder.decode(frame, from);
    return this.#active;
  }

  onInput(input: ReceivedInput, from: Arriving): void {
    const session = this.#count(input.sessionId, from);
    if (session === undefined) return;
    if (input.ackCursor > 0) session.ack(input.ackCursor);
    const outcome = session.input(input, this.#nowMs);
    if (outcome.kind === "refused") {
      from.close(closeReasons.protocolError, outcome.detail);
      return;
    }
    if (outcome.delayMs > 0 && from.delay(outcome.delayMs, this.#nowMs) === "strike") {
      session.tellFlooding();
    }
  }

  onAck(sessionId: string, ackCursor: number, from: Arriving): void {
    const { client } = from;
    if (client === undefined) return;
    // Acknowledgements may cross the end of a session: nobody is told of an unknown one.
    client.session(sessionId)?.ack(ackCursor);
    this.#countMessage(from);
  }

  onHeartbeat(timeMs: number, echoMs: number, from: Arriving): void {
    if (isOver(from)) return;
    this.#countMessage(from);
    if (echoMs === 0) from.outbox.control(encodeHeartbeat(this.#clock.wallNow(), timeMs));
    else from.meter.answered(echoMs, this.#nowMs);
  }

  onMessage(message: ClientMessage, from: Arriving): void {
    const { client } = from;
    if (client === undefined) return;
    const { body, sessionId } = message;
    if (body.case === "hello") {
      from.close(closeReasons.protocolError, "A second Hello.");
      return;
    }
    if (body.case === "join") {
      this.#active = true;
      this.#countMessage(from, joinCost);
      from.spend(joinFrames);
      if (++this.#joins > this.#joinsPerFrameMax) {
        const detail = `A frame may join ${this.#joinsPerFrameMax} rooms.`;
        from.close(closeReasons.flood, detail);
        return;
      }
      this.#sessions.joins.join(client, sessionId, body.value);
      return;
    }
    if (body.case === "authenticate") {
      this.#active = true;
      this.#countMessage(from, authenticateCost);
      from.spend(joinFrames);
      from.authenticate(body.value.token);
      return;
    }
    if (body.case === "leave" && this.#sessions.joins.withdraw(client, sessionId)) return;
    const session = this.#count(sessionId, from);
    if (session === undefined) return;
    if (message.ackCursor > 0n) session.ack(Number(message.ackCursor));
    if (body.case === "leave") session.close(closeReasons.left, this.#nowMs);
    else if (body.case === "control") session.control(body.value, this.#nowMs);
    else if (body.case === "readHistory") {
      this.#countMessage(from, historyCost);
      session.readHistory(body.value);
    }
  }

  /** Counts a message, which may end the connection, and finds its session; tells the client when there is none. */
  #count(sessionId: string, from: Arriving): Session | undefined {
    if (isOver(from)) return undefined;
    this.#active = true;
    this.#countMessage(from);
    const session = from.client?.session(sessionId);
    if (session === undefined) this.#tellUnknown(sessionId, from);
    return session;
  }

  #tellUnknown(sessionId: string, from: Arriving): void {
    if (this.#toldUnknown === sessionId) return;
    this.#toldUnknown = sessionId;
    from.outbox.control(
      encodeSessionError(sessionId, {
        code: "unknown-session",
        message: `There is no session "${sessionId}".`,
        reason: "",
      }),
    );
  }

  #countMessage(from: Arriving, cost = 1): void {
    this.#counters.messagesIn++;
    const delayMs = takeTokens(from, this.#messages, cost, this.#nowMs);
    if (delayMs > 0) from.delay(delayMs, this.#nowMs);
  }
}

/** What follows in a frame after the message that ended the connection is not handled (rule HS-5). */
function isOver(from: Arriving): boolean {
  return from.client === undefined;
}
