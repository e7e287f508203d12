import type { Clock, Timer } from "../../shared/clock.ts";
import type { Limits } from "../../shared/limits.ts";
import type { Transport } from "../../shared/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { Timers } from "../time/timer-wheel.ts";
import { TokenBucket } from "../time/token-bucket.ts";

/** What a gate is made of. */
export interface FloodGateParts {
  readonly transport: Transport;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly counters: Counters;
  /** The client is not read for a while. */
  readonly onStrike: () => void;
  readonly limits: Pick<Limits, "messagesPerSecond" | "messagesBurst" | "floodStrikesMax">;
}

/** After this long without a strike all is forgiven. */
const forgivenAfterMs = 10_000;
/** No longer at a time: a client that is not read cannot answer a heartbeat (rule HB-2), and its strikes have to add up. */
const delayMsMax = 8_000;

/** Reads later from a client that sends too much, and counts how often that was needed (rule FL-1). */
export class FloodGate {
  readonly #parts: FloodGateParts;
  readonly #messages: TokenBucket;
  #reopen: Timer | undefined;
  #strikes = 0;
  #lastStrikeMs = 0;

  constructor(parts: FloodGateParts) {
    const { messagesPerSecond, messagesBurst } = parts.limits;
    this.#parts = parts;
    this.#messages = new TokenBucket(
      { perSecond: messagesPerSecond, burst: messagesBurst },
      parts.clock.now(),
    );
  }

  /** A message came that counts as `cost`. Returns how long to take no more, in milliseconds. */
  message(cost: number, nowMs: number): number {
    return this.#messages.take(cost, nowMs);
  }

  /** Takes nothing for `delayMs`. "strike-out" when that was needed too often, "strike" when reading was going on. */
  delay(delayMs: number, nowMs: number): "strike" | "delayed-already" | "strike-out" {
    if (this.#reopen !== undefined) return "delayed-already";
    const { transport, timers, counters, limits, onStrike } = this.#parts;
    if (nowMs - this.#lastStrikeMs > forgivenAfterMs) this.#strikes = 0;
    this.#lastStrikeMs = nowMs;
    this.#strikes++;
    counters.readsDelayed++;
    if (this.#strikes > limits.floodStrikesMax) return "strike-out";
    onStrike();
    transport.pauseReading();
    this.#reopen = timers.set(
      () => {
        this.#reopen = undefined;
        transport.resumeReading();
      },
      Math.min(delayMs, delayMsMax),
    );
    return "strike";
  }

  stop(): void {
    this.#reopen?.cancel();
  }
}
