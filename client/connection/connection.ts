import type { Clock } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import {
  decodeServerFrame,
  type ServerFrameSink,
  type ServerHeader,
} from "../../shared/codec/server-frame.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { GoAway, ServerMessage, Welcome } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import { contain, type Report } from "../containment.ts";
import type { ClockSync } from "./clock-sync.ts";
import { Heart } from "./heart.ts";
import { Outbox } from "../session/outbox.ts";
import { errorOfWire } from "../session/messages.ts";

/** Whom a connection tells of what happens to it. Nothing is told after `drop`. */
export interface ConnectionUser {
  /** Takes what comes for a session; undefined when there is none of this id. */
  session(sessionId: string): ServerFrameSink | undefined;
  onWelcome(welcome: Welcome): void;
  onGoAway(goAway: GoAway): void;
  /** How long the token is good, in milliseconds; 0 for no end. */
  onAuthenticated(expiresInMs: number): void;
  onServerError(error: RoomlineError): void;
  /** Silence, or a stream that makes no sense. */
  onBroken(reason: CloseReason, detail: string): void;
  onMalformed(error: unknown): void;
  onEnded(reason: CloseReason, detail: string): void;
}

interface ConnectionParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly sync: ClockSync;
  readonly pingIntervalMs: number | undefined;
  readonly report: Report;
  readonly user: ConnectionUser;
}

/** One stream, from Hello to its end: frames in to where they belong, messages out, heartbeats. */
export class Connection {
  readonly outbox: Outbox;
  readonly #parts: ConnectionParts;
  readonly #heart: Heart;
  readonly #sink: ServerFrameSink;
  #helloSentMs = 0;
  #phase: "greeting" | "open" | "closing" | "dropped" = "greeting";

  constructor(parts: ConnectionParts) {
    const { transport, clock, sync, pingIntervalMs, user } = parts;
    this.#parts = parts;
    this.outbox = new Outbox({ transport, clock, onFailed: (error) => this.#onFailed(error) });
    this.#heart = new Heart({
      clock,
      sync,
      pingIntervalMs,
      send: (message) => this.outbox.push(message),
      onSilence: (detail) => user.onBroken(closeReasons.livenessTimeout, detail),
    });
    this.#sink = this.#createSink();
  }

  /** Says Hello and begins to listen. */
  open(hello: Uint8Array): void {
    const { transport, clock, user } = this.#parts;
    const handlers: TransportHandlers = {
      onFrame: (frame) => this.#onFrame(frame),
      onDrain: () => this.outbox.drained(),
      onClose: (reason, detail) => {
        if (this.#phase === "dropped") return;
        this.#stop("dropped");
        user.onEnded(reason, detail);
      },
    };
    void contain(
      () => transport.open(handlers),
      (error) => this.#onFailed(error),
      "transport",
    );
    this.#helloSentMs = clock.now();
    this.outbox.push(hello);
    this.outbox.flush();
  }

  /** Finds out soon whether the server is still there. */
  check(): void {
    this.#heart.check();
  }

  /** Sends what waits, then ends the stream orderly. Its end is still told. */
  goodbye(reason: CloseReason, detail: string): void {
    if (this.#phase === "dropped") return;
    this.outbox.flush();
    this.#stop("closing");
    const { transport, report } = this.#parts;
    void contain(() => transport.close(reason, detail), report, "transport");
  }

  /** Tears the stream down. Nothing more is told. */
  drop(): void {
    if (this.#phase === "dropped") return;
    this.#stop("dropped");
    const { transport, report } = this.#parts;
    void contain(() => transport.destroy(), report, "transport");
  }

  /** The transport, one of the user's, has thrown: there is no telling what became of what was sent. */
  #onFailed(error: unknown): void {
    const { report, user } = this.#parts;
    this.outbox.stop();
    report(error, "transport");
    if (this.#isListening()) user.onBroken(closeReasons.connectionLost, messageOf(error));
  }

  #stop(phase: "closing" | "dropped"): void {
    this.#phase = phase;
    this.#heart.stop();
    this.outbox.stop();
  }

  #isListening(): boolean {
    return this.#phase === "greeting" || this.#phase === "open";
  }

  #onFrame(frame: Uint8Array): void {
    if (!this.#isListening()) return;
    this.#heart.heard();
    try {
      decodeServerFrame(frame, this.#sink);
    } catch (error) {
      const { user } = this.#parts;
      // Who knows who that was: whoever is not known to be the server has no say in whether the client comes back.
      if (this.#phase === "greeting") user.onBroken(closeReasons.connectionLost, messageOf(error));
      else if (this.#isListening()) user.onMalformed(error);
    }
  }

  /** What a message does may end the connection; then the rest of its frame is dropped. */
  #createSink(): ServerFrameSink {
    const sessionOf = ({ sessionId }: Readonly<ServerHeader>): ServerFrameSink | undefined => {
      if (!this.#isListening()) return undefined;
      if (this.#phase === "greeting") throw notWelcome();
      return sessionId === "" ? undefined : this.#parts.user.session(sessionId);
    };
    return {
      onHeader: (header) => sessionOf(header)?.onHeader(header),
      onEvent: (header, event) => sessionOf(header)?.onEvent(header, event),
      onState: (header, state) => sessionOf(header)?.onState(header, state),
      onMessage: (header, body) => {
        if (header.sessionId !== "") sessionOf(header)?.onMessage(header, body);
        else if (this.#isListening()) this.#onOwn(body);
      },
    };
  }

  /** A message about the connection itself. Bodies that belong to sessions are passed over. */
  #onOwn(body: ServerMessage["body"]): void {
    const { user } = this.#parts;
    if (body.case === "welcome") {
      this.#onWelcome(body.value);
      return;
    }
    // An Error before Welcome says why the end is near, so it is heard.
    if (this.#phase === "greeting" && body.case !== "error") throw notWelcome();
    if (body.case === "heartbeat") this.#heart.beat(body.value.timeMs, body.value.echoMs);
    else if (body.case === "healthCheck") this.#heart.answer(body.value.timeMs);
    else if (body.case === "goAway") user.onGoAway(body.value);
    else if (body.case === "authenticated") user.onAuthenticated(body.value.tokenExpiresInMs);
    else if (body.case === "error") user.onServerError(errorOfWire(body.value));
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#phase !== "greeting")
      throw new RoomlineError("malformed-frame", "The server said Welcome twice.");
    this.#phase = "open";
    const frameBytesMax = welcome.limits?.frameBytesMax ?? 0;
    if (frameBytesMax > 0) this.outbox.frameBytesMax = frameBytesMax;
    this.#parts.sync.restart(this.#helloSentMs, welcome.serverTimeMs);
    this.#heart.start(welcome.heartbeatIntervalMs);
    this.#parts.user.onWelcome(welcome);
  }
}

function notWelcome(): RoomlineError {
  return new RoomlineError("malformed-frame", "The server's first message was not Welcome.");
}
