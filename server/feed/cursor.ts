import type { LogEntry, RingView } from "./feed.ts";

/**
 * The entries that a reader at this cursor can no longer be given, because the log has let them go: it is told of them and
 * goes on behind them (rule RL-5). Undefined: nothing is lost.
 */
export function fallenOff(
  log: RingView<LogEntry>,
  cursor: number,
): { readonly from: number; readonly to: number } | undefined {
  const to = log.first - 1;
  return cursor < to ? { from: cursor + 1, to } : undefined;
}
