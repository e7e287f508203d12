/** Whether one player got every message of a room exactly once. Messages of two senders may change places. */
export class Sequence {
  readonly #missing = new Set<number>();
  #first = 0;
  #newest = 0;
  #duplicated = 0;

  /** A message came. */
  see(number: number): void {
    if (this.#first === 0) {
      this.#first = number;
      this.#newest = number;
    } else if (number > this.#newest) {
      for (let skipped = this.#newest + 1; skipped < number; skipped++) this.#missing.add(skipped);
      this.#newest = number;
    } else if (!this.#missing.delete(number) && number >= this.#first) this.#duplicated++;
  }

  /** Messages that never came, though one more than `slack` later did. */
  lost(slack: number): number {
    let lost = 0;
    for (const number of this.#missing) if (number < this.#newest - slack) lost++;
    return lost;
  }

  get duplicated(): number {
    return this.#duplicated;
  }

  /** The newest message that came; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }
}
