import type { Clock, Timer } from "../../shared/clock.ts";
import { planSteps, type StepState } from "./fixed-step.ts";

/** What a loop drives: a room. */
export interface Ticker {
  /** One fixed step of `deltaMs`. Must not throw. */
  tick(deltaMs: number): void;
  /** This many steps were given up. */
  overrun(droppedSteps: number): void;
}

/** What a loop tells about itself. */
export interface TickObserver {
  /** All tickers of a rate have made a step; it took this long. */
  onStep(durationMs: number, tickers: number): void;
  onDropped(steps: number, tickers: number): void;
}

export interface TickLoopParts {
  readonly clock: Clock;
  readonly rateHz: number;
  readonly catchUpStepsMax: number;
  readonly observer: TickObserver;
  /** Called when the steps that were due are done: flush. */
  readonly afterSteps: () => void;
}

/** Ticks all rooms of one rate together, so that what they produce leaves together. Runs while it has any. */
export class TickLoop {
  readonly #parts: TickLoopParts;
  readonly #stepMs: number;
  readonly #tickers = new Set<Ticker>();
  #state: StepState = { anchorMs: 0, done: 0 };
  #timer: Timer | undefined;

  constructor(parts: TickLoopParts) {
    this.#parts = parts;
    this.#stepMs = 1000 / parts.rateHz;
  }

  get size(): number {
    return this.#tickers.size;
  }

  add(ticker: Ticker): void {
    this.#tickers.add(ticker);
    if (this.#timer !== undefined) return;
    this.#state = { anchorMs: this.#parts.clock.now(), done: 0 };
    this.#schedule(this.#state.anchorMs + this.#stepMs);
  }

  remove(ticker: Ticker): void {
    this.#tickers.delete(ticker);
    if (this.#tickers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(dueMs: number): void {
    this.#timer = this.#parts.clock.setTimer(
      () => this.#run(),
      Math.max(0, dueMs - this.#parts.clock.now()),
    );
  }

  #run(): void {
    const { clock, catchUpStepsMax, observer, afterSteps } = this.#parts;
    const plan = planSteps(this.#state, clock.now(), { stepMs: this.#stepMs, catchUpStepsMax });
    this.#state = plan.state;
    try {
      if (plan.dropped > 0) {
        observer.onDropped(plan.dropped, this.#tickers.size);
        for (const ticker of this.#tickers) ticker.overrun(plan.dropped);
      }
      for (let step = 0; step < plan.steps; step++) this.#step();
      afterSteps();
    } finally {
      if (this.#tickers.size > 0) this.#schedule(plan.nextDueMs);
      else this.#timer = undefined;
    }
  }

  #step(): void {
    const { clock, observer } = this.#parts;
    const startMs = clock.now();
    const count = this.#tickers.size;
    for (const ticker of this.#tickers) ticker.tick(this.#stepMs);
    observer.onStep(clock.now() - startMs, count);
  }
}
