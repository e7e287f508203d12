import { TickLoop, type Ticker, type TickLoopParts, type TickPlace } from "./tick-loop.ts";

/** One loop for each tick rate in use. */
export class TickScheduler {
  readonly #parts: Omit<TickLoopParts, "rateHz">;
  readonly #loops = new Map<number, TickLoop>();

  constructor(parts: Omit<TickLoopParts, "rateHz">) {
    this.#parts = parts;
  }

  /** Begins to tick it, in one go with the first of `beside` that has the same rate; or else as {@link TickLoop.add} has it. */
  add(ticker: Ticker, rateHz: number, how: TickPlace = {}): void {
    let loop = this.#loops.get(rateHz);
    if (loop === undefined) {
      loop = new TickLoop({ ...this.#parts, rateHz });
      this.#loops.set(rateHz, loop);
    }
    loop.add(ticker, how);
  }

  /** When its next tick is due, on the monotonic clock; undefined: it does not tick. */
  dueMs(ticker: Ticker, rateHz: number): number | undefined {
    return this.#loops.get(rateHz)?.dueMs(ticker);
  }

  remove(ticker: Ticker, rateHz: number): void {
    const loop = this.#loops.get(rateHz);
    loop?.remove(ticker);
    if (loop?.size === 0) this.#loops.delete(rateHz);
  }
}
