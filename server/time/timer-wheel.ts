import type { Clock, Timer } from "../../shared/clock.ts";

/** Sets many cheap, coarse timers. */
export interface Timers {
  /** Calls back once, between `delayMs` and `delayMs` plus one resolution from now. */
  set(callback: () => void, delayMs: number): Timer;
}

interface Entry {
  readonly callback: () => void;
  /** The wheel tick at which it fires. */
  readonly due: number;
  readonly slot: Set<Entry>;
}

const slots = 512;

/**
 * One timer for all the timeouts of a server (a hashed wheel): setting, cancelling and firing take constant time, however
 * many there are. It turns only while something waits.
 */
export class TimerWheel implements Timers {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #wheel: Set<Entry>[] = Array.from({ length: slots }, () => new Set());
  #size = 0;
  #originMs = 0;
  #ticks = 0;
  #timer: Timer | undefined;
  #turning = false;

  constructor(clock: Clock, resolutionMs = 50) {
    this.#clock = clock;
    this.#resolutionMs = resolutionMs;
  }

  /** Timers that wait. */
  get size(): number {
    return this.#size;
  }

  set(callback: () => void, delayMs: number): Timer {
    if (this.#timer === undefined && !this.#turning) this.#start();
    const elapsedMs = this.#clock.now() - this.#originMs;
    const ticks = Math.ceil((elapsedMs + delayMs) / this.#resolutionMs);
    const due = Math.min(Number.MAX_SAFE_INTEGER, Math.max(this.#ticks + 1, ticks));
    const slot = this.#wheel[due % slots] as Set<Entry>;
    const entry: Entry = { callback, due, slot };
    slot.add(entry);
    this.#size++;
    return {
      cancel: () => {
        if (slot.delete(entry)) this.#size--;
        this.#stopWhenEmpty();
      },
    };
  }

  #start(): void {
    this.#originMs = this.#clock.now();
    this.#ticks = 0;
    this.#schedule();
  }

  #schedule(): void {
    const nextMs = this.#originMs + (this.#ticks + 1) * this.#resolutionMs;
    this.#timer = this.#clock.setTimer(() => this.#turn(), Math.max(0, nextMs - this.#clock.now()));
  }

  #turn(): void {
    const reached = Math.floor((this.#clock.now() - this.#originMs) / this.#resolutionMs + 1e-6);
    // After a long stall one round visits every slot; more would find nothing.
    const from = Math.max(this.#ticks + 1, reached - slots + 1);
    this.#ticks = Math.max(this.#ticks, reached);
    this.#turning = true;
    try {
      for (let tick = from; tick <= reached; tick++) this.#fire(this.#wheel[tick % slots]);
    } finally {
      this.#turning = false;
      if (this.#size > 0) this.#schedule();
      else this.#timer = undefined;
    }
  }

  #fire(slot: Set<Entry> | undefined): void {
    if (slot === undefined || slot.size === 0) return;
    for (const entry of [...slot]) {
      // A callback before this one may have cancelled it.
      if (entry.due > this.#ticks || !slot.delete(entry)) continue;
      this.#size--;
      entry.callback();
    }
  }

  #stopWhenEmpty(): void {
    if (this.#size > 0 || this.#turning) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
