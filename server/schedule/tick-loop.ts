import type { Clock, Timer } from "../../shared/clock.ts";
import {
  phasesOf,
  planSteps,
  slotAt,
  slotDueMs,
  spread,
  type StepConfig,
  type StepState,
} from "./fixed-step.ts";

/** What a loop drives: a room. */
export interface Ticker {
  /** One fixed step of `deltaMs`. Must not throw. */
  tick(deltaMs: number): void;
  /** This many steps were given up. */
  overrun(droppedSteps: number): void;
}

/** What a loop tells about itself. */
export interface TickObserver {
  /** All tickers of a rate have made a step; its phases together took this long. */
  onStep(durationMs: number, tickers: number): void;
  onDropped(steps: number, tickers: number): void;
}

/** Where in a step a ticker has its turn. */
export interface TickPlace {
  /** Together with the first of these that the loop ticks. Default none. */
  readonly beside?: Iterable<Ticker> | undefined;
  /** It has ticked elsewhere, and would have at this moment again, on the monotonic clock. Default: it has not. */
  readonly dueMs?: number | undefined;
}

export interface TickLoopParts {
  readonly clock: Clock;
  readonly rateHz: number;
  readonly catchUpStepsMax: number;
  readonly observer: TickObserver;
  /** Called when the phases that were due are done: flush. */
  readonly afterSteps: () => void;
}

/**
 * Ticks all rooms of one rate. They take turns within a step, in phases: when a thousand players' updates leave in one go,
 * the last waits for all the others. Rooms of the same players belong in one phase, so that what they produce leaves in one
 * frame. Runs while it has any.
 */
export class TickLoop {
  readonly #parts: TickLoopParts;
  readonly #config: StepConfig;
  readonly #phases: readonly Set<Ticker>[];
  /** The phases, those first that are filled first. */
  readonly #order: readonly number[];
  readonly #phaseOf = new Map<Ticker, number>();
  #state: StepState;
  #timer: Timer | undefined;
  /** What the phases of the step that is under way took, in milliseconds. */
  #tookMs = 0;

  constructor(parts: TickLoopParts) {
    const stepMs = 1000 / parts.rateHz;
    const phases = phasesOf(stepMs);
    this.#parts = parts;
    this.#config = { stepMs, phases, catchUpStepsMax: parts.catchUpStepsMax };
    this.#phases = Array.from({ length: phases }, () => new Set<Ticker>());
    this.#order = spread(phases);
    this.#state = { anchorMs: parts.clock.now(), done: 0 };
  }

  get size(): number {
    return this.#phaseOf.size;
  }

  /**
   * Begins to tick it: together with the first of `beside` that this loop ticks, or where in a step it has ticked elsewhere, or else where
   * the fewest are. A step that was due while it came from elsewhere is made up for.
   */
  add(ticker: Ticker, { beside = [], dueMs }: TickPlace): void {
    this.#skipToNow();
    const phase =
      this.#phaseOfAny(beside) ?? (dueMs === undefined ? this.#emptiest() : this.#phaseAt(dueMs));
    this.#phaseOf.set(ticker, phase);
    this.#phases[phase]?.add(ticker);
    if (this.#phases[phase]?.size === 1) this.#schedule();
    if (dueMs !== undefined) this.#makeUp(ticker, dueMs);
  }

  /** When its next tick is due, on the monotonic clock; undefined: it is not ticked. */
  dueMs(ticker: Ticker): number | undefined {
    const phase = this.#phaseOf.get(ticker);
    if (phase === undefined) return undefined;
    const { length } = this.#phases;
    const next = this.#state.done + 1;
    return slotDueMs(this.#state, next + modulo(phase - next, length), this.#config);
  }

  remove(ticker: Ticker): void {
    const phase = this.#phaseOf.get(ticker);
    if (phase === undefined) return;
    this.#phaseOf.delete(ticker);
    this.#phases[phase]?.delete(ticker);
    if (this.size === 0) this.#timer?.cancel();
  }

  /** Slots that passed while their phases were empty are nobody's: whoever comes now does not make up for them. */
  #skipToNow(): void {
    const nowSlot = slotAt(this.#state, this.#parts.clock.now(), this.#config);
    if (nowSlot <= this.#state.done) return;
    if (this.size > 0 && this.#busyAfter(this.#state.done) <= nowSlot) return;
    this.#state = { ...this.#state, done: nowSlot };
  }

  #phaseOfAny(tickers: Iterable<Ticker>): number | undefined {
    for (const ticker of tickers) {
      const phase = this.#phaseOf.get(ticker);
      if (phase !== undefined) return phase;
    }
    return undefined;
  }

  /** The phase of the slot that is closest to this moment. */
  #phaseAt(dueMs: number): number {
    const { anchorMs } = this.#state;
    const { stepMs, phases } = this.#config;
    return modulo(Math.round(((dueMs - anchorMs) * phases) / stepMs), phases);
  }

  /** What was due a moment ago is done at once. Longer ago, nobody waits for it. */
  #makeUp(ticker: Ticker, dueMs: number): void {
    const { clock, afterSteps } = this.#parts;
    const { stepMs, catchUpStepsMax } = this.#config;
    const lateMs = clock.now() - dueMs;
    if (lateMs <= 0 || lateMs >= catchUpStepsMax * stepMs) return;
    clock.setTimer(() => {
      if (!this.#phaseOf.has(ticker)) return;
      ticker.tick(stepMs);
      afterSteps();
    }, 0);
  }

  #emptiest(): number {
    const sizeOf = (phase: number): number => this.#phases[phase]?.size ?? 0;
    return this.#order.reduce((best, phase) => (sizeOf(phase) < sizeOf(best) ? phase : best));
  }

  /** The next slot in which somebody ticks. There is somebody. */
  #busyAfter(slot: number): number {
    let next = slot + 1;
    while (this.#tickersOf(next).size === 0) next++;
    return next;
  }

  #tickersOf(slot: number): ReadonlySet<Ticker> {
    return this.#phases[slot % this.#phases.length] ?? new Set();
  }

  #schedule(): void {
    this.#timer?.cancel();
    const dueMs = slotDueMs(this.#state, this.#busyAfter(this.#state.done), this.#config);
    const delayMs = Math.max(0, dueMs - this.#parts.clock.now());
    this.#timer = this.#parts.clock.setTimer(() => this.#run(), delayMs);
  }

  #run(): void {
    const { clock, observer, afterSteps } = this.#parts;
    const { state, slots, dropped } = planSteps(this.#state, clock.now(), this.#config);
    this.#state = state;
    try {
      if (dropped > 0) {
        observer.onDropped(dropped, this.size);
        for (const ticker of this.#phaseOf.keys()) ticker.overrun(dropped);
      }
      for (let slot = state.done - slots + 1; slot <= state.done; slot++) this.#runSlot(slot);
      afterSteps();
    } finally {
      if (this.size > 0) this.#schedule();
    }
  }

  #runSlot(slot: number): void {
    const tickers = this.#tickersOf(slot);
    if (tickers.size === 0) return;
    const { clock, observer } = this.#parts;
    const startMs = clock.now();
    for (const ticker of tickers) ticker.tick(this.#config.stepMs);
    this.#tookMs += clock.now() - startMs;
    const phases = this.#phases.length;
    const isLast =
      this.size === 0 || Math.floor(this.#busyAfter(slot) / phases) > Math.floor(slot / phases);
    if (!isLast) return;
    observer.onStep(this.#tookMs, this.size);
    this.#tookMs = 0;
  }
}

/** As of a clock: never negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
