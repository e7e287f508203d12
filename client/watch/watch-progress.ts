/** Where a watch is: what has been handled, and so what is not to be handled again (rule WA-10). */
export class WatchProgress {
  #cursor: string;
  #epoch = "";
  #number = 0;

  constructor(cursor: string) {
    this.#cursor = cursor;
  }

  /** Where the next try goes on. */
  get cursor(): string {
    return this.#cursor;
  }

  /** A stream begins in this life of the room. */
  begin(epoch: string, cursor: string): void {
    if (epoch !== this.#epoch) this.#number = 0;
    this.#epoch = epoch;
    this.#cursor = cursor;
  }

  /** Whether the event with this number is still to be handled. */
  admits(number: number): boolean {
    return number > this.#number;
  }

  /** The event has been handled. */
  handled(number: number, cursor: string): void {
    this.#number = number;
    this.#cursor = cursor;
  }

  /** There is nothing to handle up to here. */
  passed(cursor: string): void {
    this.#cursor = cursor;
  }
}
