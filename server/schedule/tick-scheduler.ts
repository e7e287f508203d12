import { TickLoop, type Ticker, type TickLoopParts } from "./tick-loop.ts";

/** One loop for each tick rate in use. */
export class TickScheduler {
  readonly #parts: Omit<TickLoopParts, "rateHz">;
  readonly #loops = new Map<number, TickLoop>();

  constructor(parts: Omit<TickLoopParts, "rateHz">) {
    this.#parts = parts;
  }

  add(ticker: Ticker, rateHz: number): void {
    let loop = this.#loops.get(rateHz);
    if (loop === undefined) {
      loop = new TickLoop({ ...this.#parts, rateHz });
      this.#loops.set(rateHz, loop);
    }
    loop.add(ticker);
  }

  remove(ticker: Ticker, rateHz: number): void {
    const loop = this.#loops.get(rateHz);
    loop?.remove(ticker);
    if (loop?.size === 0) this.#loops.delete(rateHz);
  }
}
