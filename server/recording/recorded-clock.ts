import type { Clock, Timer } from "../../shared/clock.ts";

/** A timer that waits, as a recording names it. */
export interface NumberedTimer {
  /** 1, 2, 3 … in the order in which they were set. */
  readonly number: number;
  /** In microseconds of the room's clock. */
  readonly dueUs: number;
}

interface RecordedClockParts {
  readonly clock: Clock;
  /** A timer is due: calls back as one call into the room. */
  readonly onTimer: (number: number, callback: () => void) => void;
  /** Code that goes on after it has waited asks for the time. */
  readonly onRead: (us: number) => void;
}

/** How far the time of day may be from what the room is told, in microseconds: clocks of machines are read in milliseconds. */
const wallSlackUs = 5_000;

/** The smallest step of the room's time, in milliseconds. */
const leastMs = 0.001;

/**
 * The clock of a room that is recorded: whole microseconds, which stand still during a call into the room. So the times that its code sees
 * are those of the calls, and calls are all there is to record.
 */
export class RecordedClock implements Clock {
  readonly #parts: RecordedClockParts;
  readonly #waiting = new Map<number, NumberedTimer>();
  #nowUs = 0;
  #depth = 0;
  #timersSet = 0;
  #wallOffsetUs: number;

  constructor(parts: RecordedClockParts) {
    this.#parts = parts;
    this.#nowUs = this.freshUs();
    this.#wallOffsetUs = this.#measuredOffsetUs();
  }

  /** What the time of day is more than {@link now}, in microseconds. */
  get wallOffsetUs(): number {
    return this.#wallOffsetUs;
  }

  /** Timers that wait, in the order in which they were set. */
  get waiting(): readonly NumberedTimer[] {
    return [...this.#waiting.values()];
  }

  /** How many timers were set. */
  get timersSet(): number {
    return this.#timersSet;
  }

  /** How many calls into the room are under way, one in the other. */
  get depth(): number {
    return this.#depth;
  }

  /** When the call that is under way began, or what was read last. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** The time now, which never goes back. */
  freshUs(): number {
    this.#nowUs = Math.max(this.#nowUs, Math.floor(this.#parts.clock.now() * 1_000));
    return this.#nowUs;
  }

  /** A call into the room begins. */
  enter(): void {
    if (this.#depth++ === 0) this.freshUs();
  }

  /** It ends. */
  leave(): void {
    this.#depth--;
  }

  /** The new offset of the time of day, if it was set since. */
  movedWallUs(): number | undefined {
    const offsetUs = this.#measuredOffsetUs();
    if (Math.abs(offsetUs - this.#wallOffsetUs) <= wallSlackUs) return undefined;
    this.#wallOffsetUs = offsetUs;
    return offsetUs;
  }

  now(): number {
    if (this.#depth === 0) this.#parts.onRead(this.freshUs());
    return this.#nowUs / 1_000;
  }

  wallNow(): number {
    return (this.now() * 1_000 + this.#wallOffsetUs) / 1_000;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const { clock, onTimer } = this.#parts;
    const number = ++this.#timersSet;
    this.#waiting.set(number, { number, dueUs: this.#nowUs + Math.max(0, delayMs) * 1_000 });
    const timer = clock.setTimer(
      () => {
        this.#waiting.delete(number);
        onTimer(number, callback);
        // By less the room's time does not go on, and whoever waits for a moment that is not quite there would wait for ever.
      },
      Math.max(delayMs, leastMs),
    );
    return {
      cancel: () => {
        timer.cancel();
        this.#waiting.delete(number);
      },
    };
  }

  defer(callback: () => void): void {
    this.#parts.clock.defer(callback);
  }

  #measuredOffsetUs(): number {
    return Math.round(this.#parts.clock.wallNow() * 1_000) - this.#nowUs;
  }
}
