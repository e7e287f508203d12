import type { Clock } from "../../shared/clock.ts";

/** Code of rooms that the end of the server waits for: what `onLeave`, `onDrop`, `onDrain` and `onClose` have still to do. */
export class Farewells {
  readonly #clock: Clock;
  readonly #works = new Set<Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are not done. */
  get size(): number {
    return this.#works.size;
  }

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    this.#works.add(work);
    void work.then(() => this.#works.delete(work));
  }

  /** Resolves when all are done, also those that begin meanwhile, or after `withinMs`. */
  done(withinMs: number): Promise<void> {
    if (this.#works.size === 0 || withinMs === Infinity) return this.#all();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(resolve, withinMs);
      void this.#all().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #all(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
