import type { Clock, Timer } from "../shared/clock.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";

/** How a virtual clock starts. */
export interface VirtualClockOptions {
  /** What `now()` says at first, in milliseconds. Default 0. */
  readonly startMs?: number;
  /** What `wallNow()` says at first, in milliseconds since the Unix epoch. Default 1_700_000_000_000. */
  readonly startWallMs?: number;
}

/** A clock that stands still until the test moves it. The same calls always give the same order. */
export interface VirtualClock extends Clock {
  /** Timers that have been set and neither fired nor been cancelled. */
  readonly pendingTimers: number;
  /** Deferred callbacks that have not run. */
  readonly pendingDeferred: number;
  /** When the next timer is due, in `now()` milliseconds. */
  readonly nextTimerMs: number | undefined;
  /**
   * Settles, then moves time on by `ms`: timers fire in the order they are due (equal times: the order they were set),
   * each at exactly its own time, and what it deferred runs before the next one.
   */
  advance(ms: number): void;
  /** Sets the time of day, as an administrator does, or a machine that slept: `now()` goes on as if nothing had been. */
  setWallNow(wallMs: number): void;
  /** Moves time on by `ms` while nothing runs, as when the process is held up: what was due then is late. */
  stall(ms: number): void;
  /** Runs the callbacks deferred so far, once: one turn of the event loop. Returns how many ran. */
  runDeferred(): number;
  /**
   * The least that can happen: a turn of what is deferred or, when nothing is, the next timer that is due within `ms`; without
   * one, time moves on by `ms`.
   */
  step(ms: number): void;
  /** Runs deferred callbacks until none is left. Throws when that takes more than a million. */
  settle(): void;
  /** Settles, letting promises that are ready go on in between, until both are quiet. Moves no time. */
  settleAsync(): Promise<void>;
  /** Like `advance`, letting promises go on after every timer. */
  advanceAsync(ms: number): Promise<void>;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

const deferredMax = 1_000_000;

const optionNames: NamesOf<VirtualClockOptions> = { startMs: true, startWallMs: true };

/** Creates a {@link VirtualClock}. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  checkNames("createVirtualClock", options, optionNames);
  return new SteppedClock(options.startMs ?? 0, options.startWallMs ?? 1_700_000_000_000);
}

class SteppedClock implements VirtualClock {
  #nowMs: number;
  #wallOffsetMs: number;
  /** Ascending by time, then by order of setting. */
  readonly #timers: PendingTimer[] = [];
  #timersSet = 0;
  #deferred: (() => void)[] = [];

  constructor(startMs: number, startWallMs: number) {
    this.#nowMs = startMs;
    this.#wallOffsetMs = startWallMs - startMs;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  get pendingDeferred(): number {
    return this.#deferred.length;
  }

  get nextTimerMs(): number | undefined {
    return this.#timers[0]?.dueMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  setWallNow(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    const timer: PendingTimer = { dueMs, order: this.#timersSet++, callback };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return {
      cancel: () => {
        const place = this.#placeOf(timer);
        if (this.#timers[place] === timer) this.#timers.splice(place, 1);
      },
    };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  runDeferred(): number {
    const turn = this.#deferred;
    this.#deferred = [];
    for (const callback of turn) callback();
    return turn.length;
  }

  step(ms: number): void {
    const untilMs = this.#nowMs + ms;
    if (this.runDeferred() === 0 && !this.#fireNext(untilMs)) this.#nowMs = untilMs;
  }

  settle(): void {
    let ran = 0;
    while (this.#deferred.length > 0) {
      ran += this.runDeferred();
      if (ran > deferredMax)
        throw new Error("Deferred callbacks keep deferring: it never settles.");
    }
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    this.settle();
    while (this.#fireNext(untilMs)) this.settle();
    this.#nowMs = untilMs;
  }

  stall(ms: number): void {
    this.#nowMs += ms;
  }

  async settleAsync(): Promise<void> {
    do {
      this.settle();
      await promisesReady();
    } while (this.#deferred.length > 0);
  }

  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.settleAsync();
    while (this.#fireNext(untilMs)) await this.settleAsync();
    this.#nowMs = untilMs;
  }

  #fireNext(untilMs: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.dueMs > untilMs) return false;
    this.#timers.shift();
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
    return true;
  }

  /** Where this timer stands or would stand: the first place that is not before it. */
  #placeOf(timer: PendingTimer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle];
      if (other !== undefined && isBefore(other, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(a: PendingTimer, b: PendingTimer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** A real turn of the event loop: every promise that can go on by itself has, afterwards. */
export function promisesReady(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
