import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Timers } from "../time/timer-wheel.ts";
import { judgeLiveness, type LivenessConfig } from "./liveness.ts";

/** What the vitals of a connection are made of. */
export interface VitalsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly config: LivenessConfig;
  /** Since when a frame waits to be written, on the monotonic clock. */
  readonly writingSinceMs: () => number | undefined;
  readonly sendHeartbeat: () => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** When a connection last did what, and the one timer that acts on it (rules HB-1 to HB-3, BP-2). */
export class Vitals {
  /** When anything but a heartbeat last came. */
  lastActivityMs: number;
  readonly #parts: VitalsParts;
  readonly #firstHeartbeatMs: number;
  #lastReceivedMs: number;
  #lastSentMs: number;
  #owedSinceMs: number | undefined;
  #check: Timer | undefined;
  #stopped = false;

  constructor(parts: VitalsParts) {
    const nowMs = parts.clock.now();
    this.#parts = parts;
    this.#lastReceivedMs = this.#lastSentMs = this.lastActivityMs = nowMs;
    this.#firstHeartbeatMs = nowMs + parts.random() * parts.config.heartbeatIntervalMs;
  }

  get lastReceivedMs(): number {
    return this.#lastReceivedMs;
  }

  /** A frame came: whatever was owed is paid. */
  received(nowMs: number): void {
    this.#lastReceivedMs = nowMs;
    this.#owedSinceMs = undefined;
  }

  sent(nowMs: number): void {
    this.#lastSentMs = nowMs;
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
    const { clock, config, timers, writingSinceMs, sendHeartbeat, close } = this.#parts;
    const nowMs = clock.now();
    const { action, nextCheckMs } = judgeLiveness(
      {
        lastReceivedMs: this.#lastReceivedMs,
        lastSentMs: this.#lastSentMs,
        owedSinceMs: this.#owedSinceMs,
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
        this.#owedSinceMs ??= nowMs;
        sendHeartbeat();
        break;
      case "none":
        break;
    }
    // Sending may have found out that the connection has to end.
    if (!this.#stopped) this.#check = timers.set(() => this.#look(), nextCheckMs - nowMs);
  }
}
