import type { Audience } from "./audience.ts";

/** A message outside the log. */
export interface EphemeralEntry {
  /** The encoded body of the server message. */
  readonly body: Uint8Array;
  readonly audience: Audience | undefined;
}

/**
 * The newest ephemeral messages of a room (rule RL-8). Readers hold a position as in the log; who falls off the end has
 * missed them, and nobody is told but a counter.
 */
export class EphemeralRing {
  readonly #ring: (EphemeralEntry | undefined)[] = [];
  readonly #size: number;
  #head = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Number of the newest message, from 1. */
  get head(): number {
    return this.#head;
  }

  /** Number of the oldest message held. */
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
