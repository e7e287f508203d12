import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import { judgeLiveness, type LivenessConfig } from "./liveness.ts";

/** A live connection, as its vitals see it. */
export interface Supervised {
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
interface VitalsWorld {
  readonly clock: Clock;
  /** For what comes again and again, and may be a little late. */
  readonly livenessTimers: Timers;
  readonly random: RandomSource;
  readonly limits: LivenessConfig;
}

/** The one timer of a live connection, which acts on when it last did what (rules HB-1 to HB-3, BP-2). */
export class Vitals {
  readonly #connection: Supervised;
  readonly #world: VitalsWorld;
  /** Until the first heartbeat a random part of the interval: clients that came together are not asked together. */
  #silenceMs: number;
  /** Since when the client owes a frame, and how many had come by then. */
  #owed: { readonly sinceMs: number; readonly framesReceived: number } | undefined;
  #check: Timer | undefined;
  #stopped = false;

  constructor(connection: Supervised, world: VitalsWorld) {
    this.#connection = connection;
    this.#world = world;
    this.#silenceMs = Math.ceil(world.random() * world.limits.heartbeatIntervalMs);
  }

  /** Looks for the first time, and from then on by itself. */
  start(): void {
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#check?.cancel();
  }

  #look(): void {
    const { clock, limits, livenessTimers } = this.#world;
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
      limits,
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
        this.#silenceMs = limits.heartbeatIntervalMs;
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
