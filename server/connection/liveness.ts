/** The times that tell whether a connection lives, on the monotonic clock in milliseconds. */
interface LivenessTimes {
  readonly lastReceivedMs: number;
  readonly lastSentMs: number;
  /** When the server sent a heartbeat or a probe that nothing came after; undefined when nothing is owed. */
  readonly owedSinceMs: number | undefined;
  /** Since when a frame waits to be written; undefined when none does. */
  readonly writingSinceMs: number | undefined;
  /** How long the silence is until the next heartbeat: the interval, or a part of it before the first one. */
  readonly silenceMs: number;
}

/** The bounds (rules HB-1, HB-2, BP-2). */
export interface LivenessConfig {
  readonly heartbeatIntervalMs: number;
  readonly receiveTimeoutMs: number;
  readonly sendTimeoutMs: number;
}

/** What is to be done about a connection, and when to look again. */
interface LivenessVerdict {
  readonly action: "none" | "heartbeat" | "receive-timeout" | "slow-consumer";
  readonly nextCheckMs: number;
}

/** Looks at a connection's times. */
export function judgeLiveness(
  times: LivenessTimes,
  config: LivenessConfig,
  nowMs: number,
): LivenessVerdict {
  const { lastReceivedMs, lastSentMs, owedSinceMs, writingSinceMs, silenceMs } = times;
  const sendDeadlineMs = (writingSinceMs ?? Infinity) + config.sendTimeoutMs;
  if (nowMs >= sendDeadlineMs) return { action: "slow-consumer", nextCheckMs: Infinity };
  const receiveDeadlineMs = (owedSinceMs ?? Infinity) + config.receiveTimeoutMs;
  if (nowMs >= receiveDeadlineMs) return { action: "receive-timeout", nextCheckMs: Infinity };

  const silentSinceMs =
    owedSinceMs === undefined ? Math.min(lastReceivedMs, lastSentMs) : lastSentMs;
  const heartbeatDueMs = silentSinceMs + silenceMs;
  // Nothing is queued behind a frame that waits (rule HB-3): look again when it should have gone.
  const due = nowMs >= heartbeatDueMs;
  const action = due && writingSinceMs === undefined ? "heartbeat" : "none";
  const nextMs = due ? nowMs + againMs(action, config) : heartbeatDueMs;
  // A frame may begin to wait at any time after this look, so look at least once in each send timeout.
  return {
    action,
    nextCheckMs: Math.min(nextMs, sendDeadlineMs, receiveDeadlineMs, nowMs + config.sendTimeoutMs),
  };
}

/** When to look again after a heartbeat was due, from now on. */
function againMs(action: "heartbeat" | "none", { heartbeatIntervalMs }: LivenessConfig): number {
  return action === "heartbeat" ? heartbeatIntervalMs : heartbeatIntervalMs / 4;
}
