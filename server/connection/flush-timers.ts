import type { Timer } from "../../shared/clock.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

/** The timers that let a connection go on when something was held back: by pacing, or by a lowered update rate. */
export class FlushTimers {
  readonly #timers: Timers;
  #unpace: Timer | undefined;
  #wake: { readonly atMs: number; readonly timer: Timer } | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Calls `then` when the flow-control delay is over (rule BP-4). */
  unpaceAfter(delayMs: number, then: () => void): void {
    this.#unpace?.cancel();
    this.#unpace = this.#timers.set(then, delayMs);
  }

  /** Calls `then` at `atMs`, when a state that waits for its rate is due and no tick has come before; or sooner, if asked. */
  wakeAt(atMs: number, nowMs: number, then: () => void): void {
    if (this.#wake !== undefined && this.#wake.atMs <= atMs) return;
    this.#wake?.timer.cancel();
    const timer = this.#timers.set(() => {
      this.#wake = undefined;
      then();
    }, atMs - nowMs);
    this.#wake = { atMs, timer };
  }

  stop(): void {
    this.#unpace?.cancel();
    this.#wake?.timer.cancel();
  }
}
