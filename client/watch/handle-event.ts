import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Report } from "../containment.ts";
import type { PlainWatchEvent } from "./watch-api.ts";

/** What a handler is given again with, and what breaks the wait off. */
interface HandlingParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly backoff: BackoffConfig;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly retries: boolean;
  onEvent(event: PlainWatchEvent): unknown;
}

/** How an event was handled. `left`: the watch was stopped before its handler was done with it. */
type Handling =
  { readonly kind: "done" | "left" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * Has an event handled: once, or with longer and longer waits until its handler returns. Each failure is reported. Never
 * rejects.
 */
export async function handleEvent(event: PlainWatchEvent, parts: HandlingParts): Promise<Handling> {
  const { report, signal, retries } = parts;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await parts.onEvent(event);
      return { kind: "done" };
    } catch (error) {
      report(error, "watch.onEvent");
      if (!retries) return { kind: "failed", error };
    }
    await backOff(attempt, parts);
  }
  return { kind: "left" };
}

function backOff(
  attempt: number,
  { clock, random, backoff, signal }: HandlingParts,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimer(end, backoffMs(backoff, attempt, random));
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
