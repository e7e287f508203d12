import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import { judgeLiveness, type LivenessConfig } from "./liveness.ts";

/** A connection, as its vitals see it. */
export interface Watched {
  /** When a frame last came and went, on the monotonic clock. */
  readonly lastReceivedMs: number;
  readonly lastSentMs: number;
  readonly framesReceived: number;
  /** Since when a frame waits to be written, on the monotonic clock. */
  readonly writingSinceMs: number | undefined;
  heartbeat(): void;
  close(reason: CloseReason, detail: string): void;
}

/** What the vitals of all connections share. */
export interface VitalsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** For what comes again and again, and may be a little late. */
  readonly livenessTimers: Timers;
  readonly random: RandomSource;
  readonly liveness: LivenessConfig;
}

/** The one timer that acts on when a connection last did what (rules HB-1 to HB-3, BP-2). */
export class Vitals {
  readonly #connection: Watched;
  readonly #parts: VitalsParts;
  /** Until the first heartbeat a random part of the interval: clients that came together are not asked together. */
  #silenceMs: number;
  /** Since when the client owes a frame, and how many had come by then. */
  #owed: { readonly sinceMs: number; readonly framesReceived: number } | undefined;
  #check: Timer | undefined;
  #stopped = false;

  constructor(connection: Watched, parts: VitalsParts) {
    this.#connection = connection;
    this.#parts = parts;
    this.#silenceMs = Math.ceil(parts.random() * parts.liveness.heartbeatIntervalMs);
  }

  /** The client has to say Hello within this time, or something follows (rule HS-1). */
  expectHello(helloTimeoutMs: number): void {
    this.#check = this.#parts.timers.set(
      () => this.#connection.close(closeReasons.helloTimeout, ""),
      helloTimeoutMs,
    );
  }

  /** Begins to watch a connection that is live. */
  watch(): void {
    this.#check?.cancel();
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#check?.cancel();
  }

  #look(): void {
    const { clock, liveness, livenessTimers } = this.#parts;
    const { lastReceivedMs, lastSentMs, framesReceived, writingSinceMs } = this.#connection;
    const nowMs = clock.now();
    // A frame came: whatever was owed is paid.
    if (this.#owed?.framesReceived !== framesReceived) this.#owed = undefined;
    const { action, nextCheckMs } = judgeLiveness(
      {
        lastReceivedMs,
        lastSentMs,
        owedSinceMs: this.#owed?.sinceMs,
        writingSinceMs,
        silenceMs: this.#silenceMs,
      },
      liveness,
      nowMs,
    );
    switch (action) {
      case "slow-consumer":
        this.#connection.close(closeReasons.slowConsumer, "");
        return;
      case "receive-timeout":
        this.#connection.close(closeReasons.receiveTimeout, "");
        return;
      case "heartbeat":
        this.#owed ??= { sinceMs: nowMs, framesReceived };
        this.#silenceMs = liveness.heartbeatIntervalMs;
        this.#connection.heartbeat();
        break;
      case "none":
        break;
    }
    // Sending may have found out that the connection has to end.
    if (!this.#stopped) {
      this.#check = livenessTimers.set(() => this.#look(), nextCheckMs - nowMs);
    }
  }
}
