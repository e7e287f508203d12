import type { CloseReason } from "../../shared/close-reason.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";

/** A Heartbeat, as a frame; with `echoMs` the answer to one (rule HB-1). Times are milliseconds since the Unix epoch. */
export function encodeHeartbeat(timeMs: number, echoMs = 0): Uint8Array {
  return encodeServerMessage({ body: { case: "heartbeat", value: { timeMs, echoMs } } });
}

/** A HealthCheck, as a frame (rule HC-1). */
export function encodeHealthCheck(timeMs: number): Uint8Array {
  return encodeServerMessage({ body: { case: "healthCheck", value: { timeMs } } });
}

/** GoAway, as a frame (rule DR-1). */
export function encodeGoAway(
  reason: CloseReason,
  reconnectAfterMs: number,
  address: string,
): Uint8Array {
  return encodeServerMessage({
    body: {
      case: "goAway",
      value: {
        code: reason.code,
        reason: reason.meaning,
        reconnectAfterMs: Math.round(reconnectAfterMs),
        address,
      },
    },
  });
}
