/**
 * Spreads turns evenly over time: `perSecond` of them, none in a burst. Says how many are due; what has fallen behind by
 * more than `backlogMax` is given up.
 */
export class Pacer {
  readonly #perSecond: number;
  readonly #backlogMax: number;
  #done = 0;
  #skipped = 0;

  constructor(perSecond: number, backlogMax: number) {
    this.#perSecond = perSecond;
    this.#backlogMax = Math.floor(backlogMax);
  }

  /** Turns given up because they were too late. */
  get skipped(): number {
    return this.#skipped;
  }

  /** How many turns have become due since the last call. */
  due(elapsedMs: number): number {
    const total = Math.floor((elapsedMs * this.#perSecond) / 1_000);
    const due = total - this.#done;
    if (due <= 0) return 0;
    this.#done = total;
    if (due <= this.#backlogMax) return due;
    this.#skipped += due - this.#backlogMax;
    return this.#backlogMax;
  }
}
