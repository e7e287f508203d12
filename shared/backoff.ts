import type { RandomSource } from "./random.ts";

/** How long to wait before each try: exponential with full jitter on the upper half. */
export interface BackoffConfig {
  /** The first wait, in milliseconds. */
  readonly initialMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
  /** What each wait is multiplied by to give the next. */
  readonly factor: number;
}

export const defaultBackoff: BackoffConfig = { initialMs: 100, maxMs: 10_000, factor: 2 };

/**
 * The wait before try number `attempt` (from 0), in milliseconds: between half and all of
 * `initialMs * factor ** attempt`, at most `maxMs`.
 */
export function backoffMs(config: BackoffConfig, attempt: number, random: RandomSource): number {
  const ceiling = Math.min(config.maxMs, config.initialMs * config.factor ** Math.min(attempt, 64));
  return ceiling * (0.5 + 0.5 * random());
}
