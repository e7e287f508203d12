import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Timers } from "../time/timer-wheel.ts";
import { judgeLiveness, type LivenessConfig } from "./liveness.ts";
import type { Meter } from "./meter.ts";

/** What the vitals of a connection are made of. */
export interface VitalsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly config: LivenessConfig;
  readonly meter: Meter;
  /** Since when a frame waits to be written, on the monotonic clock. */
  readonly writingSinceMs: () => number | undefined;
  readonly sendHeartbeat: () => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** The one timer that acts on when a connection last did what (rules HB-1 to HB-3, BP-2). */
export class Vitals {
  readonly #parts: VitalsParts;
  readonly #firstHeartbeatMs: number;
  /** Since when the client owes a frame, and how many had come by then. */
  #owed: { readonly sinceMs: number; readonly framesReceived: number } | undefined;
  #check: Timer | undefined;
  #stopped = false;

  constructor(parts: VitalsParts) {
    const nowMs = parts.clock.now();
    this.#parts = parts;
    this.#firstHeartbeatMs = nowMs + parts.random() * parts.config.heartbeatIntervalMs;
  }

  /** The client has to say Hello within this time, or something follows (rule HS-1). */
  expectHello(helloTimeoutMs: number): void {
    const { timers, close } = this.#parts;
    this.#check = timers.set(() => close(closeReasons.helloTimeout, ""), helloTimeoutMs);
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
    const { clock, config, timers, meter, writingSinceMs, sendHeartbeat, close } = this.#parts;
    const nowMs = clock.now();
    const { lastReceivedMs, lastSentMs, framesReceived } = meter;
    // A frame came: whatever was owed is paid.
    if (this.#owed?.framesReceived !== framesReceived) this.#owed = undefined;
    const { action, nextCheckMs } = judgeLiveness(
      {
        lastReceivedMs,
        lastSentMs,
        owedSinceMs: this.#owed?.sinceMs,
        writingSinceMs: writingSinceMs(),
        firstHeartbeatMs: this.#firstHeartbeatMs,
      },
      config,
      nowMs,
    );
    switch (action) {
      case "slow-consumer":
        close(closeReasons.slowConsumer, "");
        return;
      case "receive-timeout":
        close(closeReasons.receiveTimeout, "");
        return;
      case "heartbeat":
        this.#owed ??= { sinceMs: nowMs, framesReceived };
        sendHeartbeat();
        break;
      case "none":
        break;
    }
    // Sending may have found out that the connection has to end.
    if (!this.#stopped) this.#check = timers.set(() => this.#look(), nextCheckMs - nowMs);
  }
}
