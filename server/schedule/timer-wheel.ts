import type { Clock, Timer } from "../../shared/clock.ts";

/** Sets many cheap, coarse timers. */
export interface Timers {
  /** Calls back once, between `delayMs` and `delayMs` plus one resolution from now. */
  set(callback: () => void, delayMs: number): Timer;
}

/** A timer that waits: one object, for there are several to each connection. */
class Entry implements Timer {
  readonly callback: () => void;
  /** The wheel tick at which it fires. */
  readonly due: number;
  readonly #slot: Set<Entry>;
  readonly #onCancelled: () => void;

  constructor(callback: () => void, due: number, slot: Set<Entry>, onCancelled: () => void) {
    this.callback = callback;
    this.due = due;
    this.#slot = slot;
    this.#onCancelled = onCancelled;
  }

  cancel(): void {
    if (this.#slot.delete(this)) this.#onCancelled();
  }
}

const slots = 512;

/**
 * One timer for all the timeouts of a server (a hashed wheel): setting, cancelling and firing take constant time, however
 * many there are. It turns to the next slot that holds something, and stands still while none does.
 */
export class TimerWheel implements Timers {
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #wheel: Set<Entry>[] = Array.from({ length: slots }, () => new Set());
  #size = 0;
  #originMs = 0;
  #ticks = 0;
  #timer: Timer | undefined;
  /** The tick that the timer waits for. */
  #nextTick = 0;
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
    const entry = new Entry(callback, due, slot, this.#onCancelled);
    slot.add(entry);
    this.#size++;
    if (!this.#turning && (this.#timer === undefined || due < this.#nextTick)) this.#wait(due);
    return entry;
  }

  #start(): void {
    this.#originMs = this.#clock.now();
    this.#ticks = 0;
  }

  #wait(tick: number): void {
    this.#timer?.cancel();
    this.#nextTick = tick;
    const atMs = this.#originMs + tick * this.#resolutionMs;
    this.#timer = this.#clock.setTimer(this.#turn, Math.max(0, atMs - this.#clock.now()));
  }

  readonly #turn = (): void => {
    const reached = Math.floor((this.#clock.now() - this.#originMs) / this.#resolutionMs + 1e-6);
    // After a long stall one round visits every slot; more would find nothing.
    const from = Math.max(this.#ticks + 1, reached - slots + 1);
    this.#ticks = Math.max(this.#ticks, reached);
    this.#turning = true;
    try {
      for (let tick = from; tick <= reached; tick++) this.#fire(this.#wheel[tick % slots]);
    } finally {
      this.#turning = false;
      this.#timer = undefined;
      if (this.#size > 0) this.#wait(this.#nextInUse());
    }
  };

  /** What it holds may be for a later round: then the turn finds nothing, and goes on. */
  #nextInUse(): number {
    let tick = this.#ticks + 1;
    while (this.#wheel[tick % slots]?.size === 0) tick++;
    return tick;
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

  readonly #onCancelled = (): void => {
    this.#size--;
    if (this.#size > 0 || this.#turning) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  };
}
