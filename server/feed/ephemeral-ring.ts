import type { EphemeralEntry, RingView } from "./feed.ts";

/**
 * The newest ephemeral messages of a room (rule RL-8). Readers hold a position as in the log; who falls off the end has
 * missed them, and nobody is told but a counter.
 */
export class EphemeralRing implements RingView<EphemeralEntry> {
  readonly #ring: (EphemeralEntry | undefined)[] = [];
  readonly #size: number;
  #head = 0;
  /** Up to here nothing is held, whatever fits. */
  #begin = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return Math.max(this.#begin, this.#head - this.#size) + 1;
  }

  get(number: number): EphemeralEntry | undefined {
    if (number < this.first || number > this.#head) return undefined;
    return this.#ring[number % this.#size];
  }

  /** Goes on behind this number: what was up to there is not held. */
  skipTo(head: number): void {
    this.#head = head;
    this.#begin = head;
  }

  append(entry: EphemeralEntry): void {
    this.#head++;
    this.#ring[this.#head % this.#size] = entry;
  }
}
