import { createSystemClock, type Clock, type Timer } from "../../shared/clock.ts";
import type { NumberedTimer } from "../recording/recorded-clock.ts";

/** Times that differ by less than this are the same, in microseconds: they were counted from different starts. */
const sameUs = 2;

/**
 * The clock of a room that is run again: it says what the recording says, and its timers fire when those of the recording did, by their
 * numbers.
 */
export class ReplayClock implements Clock {
  nowUs = 0;
  wallOffsetUs = 0;
  /** How many calls into the room are under way, one in the other. */
  depth = 0;
  /** Code that goes on after it has waited asks for the time: what it was told in the recording, if that is known. */
  onRead: () => number | undefined = () => undefined;
  readonly #timers = new Map<number, { readonly dueUs: number; readonly callback: () => void }>();
  #timersSet = 0;

  now(): number {
    if (this.depth === 0) this.nowUs = this.onRead() ?? this.nowUs;
    return this.nowUs / 1_000;
  }

  wallNow(): number {
    return (this.now() * 1_000 + this.wallOffsetUs) / 1_000;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const number = ++this.#timersSet;
    const dueUs = this.nowUs + Math.max(0, delayMs) * 1_000;
    this.#timers.set(number, { dueUs, callback });
    return { cancel: () => void this.#timers.delete(number) };
  }

  defer(callback: () => void): void {
    createSystemClock().defer(callback);
  }

  /** Has a timer fire. Returns whether it was set. */
  fire(number: number): boolean {
    const timer = this.#timers.get(number);
    if (timer === undefined) return false;
    this.#timers.delete(number);
    timer.callback();
    return true;
  }

  /**
   * The room was picked up from an image in the middle of its life: gives its timers the numbers that they had there. Those of one time
   * were set in one order.
   */
  renumber(theirs: readonly NumberedTimer[], timersSet: number): void {
    const ours = [...this.#timers.values()].sort((a, b) => a.dueUs - b.dueUs);
    this.#timers.clear();
    for (const { number, dueUs } of [...theirs].sort(
      (a, b) => a.dueUs - b.dueUs || a.number - b.number,
    )) {
      const at = ours.findIndex((timer) => Math.abs(timer.dueUs - dueUs) < sameUs);
      const [timer] = at < 0 ? [] : ours.splice(at, 1);
      if (timer !== undefined) this.#timers.set(number, timer);
    }
    this.#timersSet = timersSet;
  }
}
