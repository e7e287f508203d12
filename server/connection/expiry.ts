import type { Clock, Timer } from "../../shared/clock.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

/** The wall clock is looked at as often as this, in case it is set. */
const lookIntervalMs = 600_000;

/**
 * Calls back once, when a time of day has come.
 * @param atMs milliseconds since the Unix epoch; Infinity for never
 */
export function awaitTimeOfDay(
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  atMs: number,
  callback: () => void,
): Timer {
  let timer: Timer | undefined;
  const wait = (): void => {
    const leftMs = Math.min(lookIntervalMs, Math.max(0, atMs - clock.wallNow()));
    timer = timers.set(() => {
      if (atMs > clock.wallNow()) wait();
      else callback();
    }, leftMs);
  };
  if (atMs !== Infinity) wait();
  return { cancel: () => timer?.cancel() };
}
