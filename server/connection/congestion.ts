/** How congested a connection is: its sessions' update rates are divided by `2 ** level`. */
interface Congestion {
  readonly level: number;
  /** Since when writes have been quick, on the monotonic clock; undefined when the last was slow. */
  readonly quickSinceMs: number | undefined;
}

export const uncongested: Congestion = { level: 0, quickSinceMs: undefined };

const levelMax = 3;
const slowWriteMs = 250;
const quickWriteMs = 50;
const recoveryMs = 5_000;

/** The congestion after a write that took `writeMs` (rule BP-2): up a level when it was slow, down after quick seconds. */
export function nextCongestion(state: Congestion, writeMs: number, nowMs: number): Congestion {
  if (writeMs > slowWriteMs) {
    return { level: Math.min(levelMax, state.level + 1), quickSinceMs: undefined };
  }
  if (state.level === 0) return state;
  if (writeMs > quickWriteMs) return { level: state.level, quickSinceMs: undefined };
  if (state.quickSinceMs === undefined) return { level: state.level, quickSinceMs: nowMs };
  if (nowMs - state.quickSinceMs < recoveryMs) return state;
  return { level: state.level - 1, quickSinceMs: nowMs };
}
