/** Code of rooms that the end of the server waits for: what `onLeave`, `onDrop` and `onClose` have still to do. */
export class Farewells {
  readonly #works = new Set<Promise<void>>();

  /** How many are not done. */
  get size(): number {
    return this.#works.size;
  }

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    this.#works.add(work);
    void work.then(() => this.#works.delete(work));
  }

  /** Resolves when all are done, also those that begin meanwhile. */
  async done(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }
}
