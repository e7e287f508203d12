import type { Clock, Timer } from "../../../shared/clock.ts";
import type { RoomlineError } from "../../../shared/errors.ts";

/** The timers of one room: they die with it. */
export class RoomTimers {
  readonly #clock: Clock;
  readonly #run: (callback: () => unknown) => void;
  readonly #timers = new Set<Timer>();
  #over = false;
  /** Why nothing may be set any more, if that is an error. */
  #fence: RoomlineError | undefined;

  /** `run` calls a room's code the way the room wants it called. */
  constructor(clock: Clock, run: (callback: () => unknown) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** How many wait. */
  get size(): number {
    return this.#timers.size;
  }

  after(delayMs: number, callback: () => unknown): Timer {
    if (this.#fence !== undefined) throw this.#fence;
    if (this.#over) return { cancel: () => undefined };
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(handle);
      this.#run(callback);
    }, delayMs);
    const handle: Timer = {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(handle);
      },
    };
    this.#timers.add(handle);
    return handle;
  }

  /** Anchored: the n-th call is due n intervals after the start. A late one is not made up for. */
  every(intervalMs: number, callback: () => unknown): Timer {
    let dueMs = this.#clock.now() + intervalMs;
    const step = (): unknown => {
      const nowMs = this.#clock.now();
      dueMs += intervalMs * Math.max(1, Math.ceil((nowMs - dueMs) / intervalMs));
      current = this.after(dueMs - nowMs, step);
      return callback();
    };
    let current = this.after(intervalMs, step);
    return { cancel: () => current.cancel() };
  }

  /** From now on whoever sets one is told so. */
  fence(error: RoomlineError): void {
    this.#fence = error;
  }

  clear(): void {
    this.#over = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
