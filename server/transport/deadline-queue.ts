import type { Clock, Timer } from "../../shared/clock.ts";

/** Something that is called off before its time, usually. */
export interface Deadline {
  cancel(): void;
}

interface Entry extends Deadline {
  readonly dueMs: number;
  readonly onExpired: () => void;
}

/**
 * Deadlines that all lie equally far ahead, so they expire in the order they were set and one timer serves them all,
 * however many sockets are waiting.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #entries = new Set<Entry>();
  #timer: Timer | undefined;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  /** Calls `onExpired` after the delay, unless cancelled before. */
  add(onExpired: () => void): Deadline {
    const entry: Entry = {
      dueMs: this.#clock.now() + this.#delayMs,
      onExpired,
      cancel: () => {
        this.#entries.delete(entry);
        if (this.#entries.size > 0) return;
        this.#timer?.cancel();
        this.#timer = undefined;
      },
    };
    this.#entries.add(entry);
    this.#timer ??= this.#clock.setTimer(() => this.#expire(), this.#delayMs);
    return entry;
  }

  #expire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    for (const entry of this.#entries) {
      if (entry.dueMs > nowMs) {
        this.#timer ??= this.#clock.setTimer(() => this.#expire(), entry.dueMs - nowMs);
        return;
      }
      this.#entries.delete(entry);
      entry.onExpired();
    }
  }
}
