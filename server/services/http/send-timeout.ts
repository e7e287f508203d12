import type { Clock, Timer } from "../../../shared/clock.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";

interface SendTimeoutParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long a message may wait to be written. */
  readonly sendTimeoutMs: number;
  readonly onLate: () => void;
}

/**
 * Tells when a message of a response has waited for too long to be written: its reader does not read. A timer for each
 * message would cost as much as writing it to memory, so one that is set looks for all that follow.
 */
export class SendTimeout {
  readonly #parts: SendTimeoutParts;
  #writingSinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(parts: SendTimeoutParts) {
    this.#parts = parts;
  }

  /** Whether a message waits to be written. */
  get isWriting(): boolean {
    return this.#writingSinceMs !== undefined;
  }

  /** A message begins to wait. */
  begin(): void {
    this.#writingSinceMs = this.#parts.clock.now();
    if (this.#timer === undefined) this.#setTimer(this.#parts.sendTimeoutMs);
  }

  /** The message has been written. */
  done(): void {
    this.#writingSinceMs = undefined;
  }

  /** The response is over. */
  stop(): void {
    this.#writingSinceMs = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#parts.timers.set(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#writingSinceMs === undefined) return;
    const { clock, sendTimeoutMs, onLate } = this.#parts;
    const restMs = this.#writingSinceMs + sendTimeoutMs - clock.now();
    if (restMs <= 0) onLate();
    else this.#setTimer(restMs);
  }
}
