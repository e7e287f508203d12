/** The times that tell whether a connection lives, on the monotonic clock in milliseconds. */
export interface LivenessTimes {
  readonly lastReceivedMs: number;
  readonly lastSentMs: number;
  /** When the server sent a heartbeat or a probe that nothing came after; undefined when nothing is owed. */
  readonly owedSinceMs: number | undefined;
  /** Since when a frame waits to be written; undefined when none does. */
  readonly writingSinceMs: number | undefined;
  /** No heartbeat before this: spreads the first ones. */
  readonly firstHeartbeatMs: number;
}

/** The bounds (rules HB-1, HB-2, BP-2). */
export interface LivenessConfig {
  readonly heartbeatIntervalMs: number;
  readonly receiveTimeoutMs: number;
  readonly sendTimeoutMs: number;
}

/** What is to be done about a connection, and when to look again. */
export interface LivenessVerdict {
  readonly action: "none" | "heartbeat" | "receive-timeout" | "slow-consumer";
  readonly nextCheckMs: number;
}

/** Looks at a connection's times. */
export function judgeLiveness(
  times: LivenessTimes,
  config: LivenessConfig,
  nowMs: number,
): LivenessVerdict {
  const { lastReceivedMs, lastSentMs, owedSinceMs, writingSinceMs, firstHeartbeatMs } = times;
  const sendDeadlineMs = (writingSinceMs ?? Infinity) + config.sendTimeoutMs;
  if (nowMs >= sendDeadlineMs) return { action: "slow-consumer", nextCheckMs: Infinity };
  const receiveDeadlineMs = (owedSinceMs ?? Infinity) + config.receiveTimeoutMs;
  if (nowMs >= receiveDeadlineMs) return { action: "receive-timeout", nextCheckMs: Infinity };

  const silentSinceMs =
    owedSinceMs === undefined ? Math.min(lastReceivedMs, lastSentMs) : lastSentMs;
  const heartbeatDueMs = Math.max(firstHeartbeatMs, silentSinceMs + config.heartbeatIntervalMs);
  // Nothing is queued behind a frame that waits (rule HB-3): look again when it should have gone.
  const due = nowMs >= heartbeatDueMs;
  const action = due && writingSinceMs === undefined ? "heartbeat" : "none";
  const nextMs =
    action === "heartbeat"
      ? nowMs + config.heartbeatIntervalMs
      : due
        ? nowMs + config.heartbeatIntervalMs / 4
        : heartbeatDueMs;
  // A frame may begin to wait at any time after this look, so look at least once in each send timeout.
  return {
    action,
    nextCheckMs: Math.min(nextMs, sendDeadlineMs, receiveDeadlineMs, nowMs + config.sendTimeoutMs),
  };
}
