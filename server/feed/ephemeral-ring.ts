import type { EphemeralEntry, RingView } from "./feed.ts";

/**
 * The newest ephemeral messages of a room (rule RL-8). Readers hold a position as in the log; who falls off the end has
 * missed them, and nobody is told but a counter.
 */
export class EphemeralRing implements RingView<EphemeralEntry> {
  readonly #ring: (EphemeralEntry | undefined)[] = [];
  readonly #size: number;
  #head = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return Math.max(1, this.#head - this.#size + 1);
  }

  get(number: number): EphemeralEntry | undefined {
    if (number < this.first || number > this.#head) return undefined;
    return this.#ring[number % this.#size];
  }

  append(entry: EphemeralEntry): void {
    this.#head++;
    this.#ring[this.#head % this.#size] = entry;
  }
}
