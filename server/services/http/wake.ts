import type { Clock } from "../../../shared/clock.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";

// What a response stream waits for when it has nothing to send: three ways to be woken, and the end of the call.

/** Wakes one waiter. A ring that nobody waited for is heard by the next one. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits for a ring; false when none came in time. */
  async rings(timers: Timers, withinMs: number): Promise<boolean> {
    if (!this.#rung) {
      await untilWoken((wake) => {
        this.#wake = wake;
        return timers.set(wake, withinMs);
      });
      this.#wake = undefined;
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

/** Waits until somebody calls what it puts among `wakes`, or the signal aborts. */
export function nextWake(wakes: Set<() => void>, signal: AbortSignal): Promise<void> {
  return untilWoken((wake) => {
    wakes.add(wake);
    return { cancel: () => void wakes.delete(wake) };
  }, signal);
}

/** Lets this time pass, or less when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return untilWoken((wake) => clock.setTimer(wake, ms), signal);
}

/** Waits for the call of `wake` by whom `arm` gives it to, or for the signal; calls off what `arm` returned. */
function untilWoken(
  arm: (wake: () => void) => { cancel(): void },
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      armed.cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const armed = arm(wake);
    signal?.addEventListener("abort", wake);
  });
}
