/** Numbers of what an edge has asked for and has not heard the answer to. */
export class CallNumbers {
  readonly #open = new Set<bigint>();
  #last = 0n;

  /** A number for something that is asked now. */
  next(): bigint {
    this.#open.add(++this.#last);
    return this.#last;
  }

  /** The answer is here, or nobody waits for it any more. */
  over(number: bigint): void {
    this.#open.delete(number);
  }

  /** The oldest that is open: whoever answers may forget what came before. */
  get openFrom(): bigint {
    for (const oldest of this.#open) return oldest;
    return this.#last + 1n;
  }
}
