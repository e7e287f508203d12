/** Holes that are remembered one by one; beyond, they are only counted. */
const holesMax = 100_000;

/**
 * Checks that numbers come as 1, 2, 3 ... Knows nothing of cursors, so that it can judge those who keep them.
 *
 * What is skipped is a hole. A number that fills a hole later came out of order; one that came before, or from before the
 * beginning, is a duplicate. Holes that are left at the end are lost.
 */
export class SequenceCheck {
  #next = 1;
  #begun = false;
  #distinct = 0;
  #duplicated = 0;
  #outOfOrder = 0;
  #holes: Set<number> | undefined;
  #holesForgotten = 0;

  /** The highest number that came; 0 for none. */
  get last(): number {
    return this.#next - 1;
  }

  /** Different numbers that came. */
  get distinct(): number {
    return this.#distinct;
  }

  get duplicated(): number {
    return this.#duplicated;
  }

  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** Whether there is a number that all others are judged from. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  /** The next number is `last + 1`: what came before was none of the receiver's. Without effect once begun. */
  beginAfter(last: number): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#next = last + 1;
  }

  /** A number came. */
  see(number: number): void {
    if (number === this.#next) {
      this.#next++;
      this.#distinct++;
    } else if (number > this.#next) {
      this.#skipTo(number);
      this.#distinct++;
    } else if (this.#holes?.delete(number) === true) {
      this.#outOfOrder++;
      this.#distinct++;
    } else this.#duplicated++;
  }

  /** How many of the numbers up to this one have not come. */
  lostUpTo(last: number): number {
    return (this.#holes?.size ?? 0) + this.#holesForgotten + Math.max(0, last - this.last);
  }

  #skipTo(number: number): void {
    this.#holes ??= new Set();
    for (; this.#next < number && this.#holes.size < holesMax; this.#next++)
      this.#holes.add(this.#next);
    this.#holesForgotten += number - this.#next;
    this.#next = number + 1;
  }
}
