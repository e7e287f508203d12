import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import {
  decodeClientFrame,
  type ClientFrameSink,
  type InputMessage,
} from "../../shared/codec/client-frame.ts";
import type { ClientMessage } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Counters } from "../observe/counters.ts";
import type { ClientRecord } from "../session/client-record.ts";
import { encodeSessionError, type Session } from "../session/session.ts";
import type { SessionManager } from "../session/session-manager.ts";
import type { FloodGate } from "./flood-gate.ts";
import { encodeHeartbeat } from "./messages.ts";
import type { Meter } from "./meter.ts";

/** What an inbound side is made of. */
export interface InboundParts {
  readonly sessions: SessionManager;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly flood: FloodGate;
  readonly meter: Meter;
  readonly connection: {
    readonly status: "connecting" | "connected" | "dead";
    control(encoded: Uint8Array): void;
    close(reason: CloseReason, detail: string): void;
  };
}

/** How many other messages a Join counts as: it may make a room, and looks for one. */
const joinCost = 20;

/** Takes a live connection's frames apart: decode, limit, hand on. Nothing here waits and nothing is applied. */
export class Inbound implements ClientFrameSink {
  readonly #parts: InboundParts;
  #client: ClientRecord | undefined;
  #nowMs = 0;
  #active = false;
  /** The unknown session the client has been told of in this frame: once is enough. */
  #toldUnknown: string | undefined;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  /** Handles a frame. Returns whether it held anything but heartbeats. Throws on malformed bytes. */
  frame(frame: Uint8Array, client: ClientRecord): boolean {
    this.#client = client;
    this.#nowMs = this.#parts.clock.now();
    this.#active = false;
    this.#toldUnknown = undefined;
    decodeClientFrame(frame, this);
    return this.#active;
  }

  onInput(input: InputMessage): void {
    const session = this.#count(input.sessionId);
    if (session === undefined) return;
    if (input.ackCursor > 0) session.ack(input.ackCursor);
    const outcome = session.input(input, this.#nowMs);
    if (outcome.kind === "refused") {
      this.#parts.connection.close(closeReasons.protocolError, outcome.detail);
      return;
    }
    if (outcome.delayMs > 0 && this.#delay(outcome.delayMs) === "strike") session.tellFlooding();
  }

  onAck(sessionId: string, ackCursor: number): void {
    if (this.#isOver()) return;
    // Acknowledgements may cross the end of a session: nobody is told of an unknown one.
    this.#client?.sessions.get(sessionId)?.ack(ackCursor);
    this.#countMessage();
  }

  onMessage(message: ClientMessage): void {
    if (this.#isOver()) return;
    const { body, sessionId } = message;
    if (body.case === "heartbeat") {
      this.#countMessage();
      const { timeMs, echoMs } = body.value;
      if (echoMs === 0) this.#answerHeartbeat(timeMs);
      else this.#parts.meter.answered(echoMs, this.#nowMs);
      return;
    }
    if (body.case === "hello") {
      this.#parts.connection.close(closeReasons.protocolError, "A second Hello.");
      return;
    }
    if (body.case === "join") {
      this.#active = true;
      this.#countMessage(joinCost);
      if (this.#client !== undefined)
        this.#parts.sessions.join(this.#client, sessionId, body.value);
      return;
    }
    if (body.case === "leave" && this.#client !== undefined) {
      if (this.#parts.sessions.withdraw(this.#client, sessionId)) return;
    }
    const session = this.#count(sessionId);
    if (session === undefined) return;
    if (message.ackCursor > 0n) session.ack(Number(message.ackCursor));
    if (body.case === "leave") session.close(closeReasons.left, this.#nowMs);
    else if (body.case === "control") this.#parts.sessions.control(session, body.value);
  }

  /** Counts a message and finds its session; tells the client when there is none. */
  #count(sessionId: string): Session | undefined {
    if (this.#isOver()) return undefined;
    this.#active = true;
    this.#countMessage();
    const session = this.#client?.sessions.get(sessionId);
    if (session === undefined && this.#toldUnknown !== sessionId) {
      this.#toldUnknown = sessionId;
      this.#parts.connection.control(
        encodeSessionError(sessionId, "unknown-session", `There is no session "${sessionId}".`),
      );
    }
    return session;
  }

  #countMessage(cost = 1): void {
    this.#parts.counters.messagesIn++;
    const delayMs = this.#parts.flood.message(cost, this.#nowMs);
    if (delayMs > 0) this.#delay(delayMs);
  }

  #delay(delayMs: number) {
    const outcome = this.#parts.flood.delay(delayMs, this.#nowMs);
    if (outcome === "strike-out") this.#parts.connection.close(closeReasons.flood, "");
    return outcome;
  }

  /** What follows in a frame after the message that ended the connection is not handled (rule HS-5). */
  #isOver(): boolean {
    return this.#parts.connection.status === "dead";
  }

  #answerHeartbeat(echoMs: number): void {
    this.#parts.connection.control(encodeHeartbeat(this.#parts.clock.wallNow(), echoMs));
  }
}
