import type { Clock, Timer } from "../../../shared/clock.ts";

/** What async work needs of its room. */
interface AsyncWorkParts {
  readonly clock: Clock;
  /** Between two turns while code is at work; Infinity for a room that has turns anyway. */
  readonly intervalMs: number;
  /** How long a piece of work is looked after. */
  readonly timeoutMs: number;
  readonly requestTurn: () => void;
}

/**
 * Code of a room that goes on after it has returned. What it changes is sent though nothing else happens in the room: when
 * it is done, and once in each update interval until then.
 */
export class AsyncWork {
  readonly #parts: AsyncWorkParts;
  #pieces = 0;
  #untilMs = 0;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(parts: AsyncWorkParts) {
    this.#parts = parts;
  }

  /** Pieces that are not done. */
  get size(): number {
    return this.#pieces;
  }

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    const { clock, timeoutMs, requestTurn } = this.#parts;
    this.#pieces++;
    this.#untilMs = clock.now() + timeoutMs;
    void work.then(() => {
      this.#pieces--;
      requestTurn();
    });
    this.#wait();
  }

  /** The room is over. */
  stop(): void {
    this.#timer?.cancel();
    this.#isOver = true;
  }

  #wait(): void {
    const { clock, intervalMs, requestTurn } = this.#parts;
    if (this.#timer !== undefined || this.#isOver || intervalMs === Infinity) return;
    if (this.#pieces === 0 || clock.now() >= this.#untilMs) return;
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      requestTurn();
      this.#wait();
    }, intervalMs);
  }
}
