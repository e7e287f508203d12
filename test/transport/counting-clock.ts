import { createSystemClock, type Clock } from "../../shared/clock.ts";

/** The clock of the machine, with a count of the timers that have been set and neither fired nor been cancelled. */
export interface CountingClock extends Clock {
  readonly pendingTimers: number;
}

/** Creates a {@link CountingClock}. */
export function createCountingClock(): CountingClock {
  const clock = createSystemClock();
  const pending = new Set<object>();
  return {
    ...clock,
    get pendingTimers() {
      return pending.size;
    },
    setTimer(callback, delayMs) {
      const timer = clock.setTimer(() => {
        pending.delete(timer);
        callback();
      }, delayMs);
      pending.add(timer);
      return {
        cancel() {
          pending.delete(timer);
          timer.cancel();
        },
      };
    },
  };
}
