import type { CloseReason } from "../../shared/close-reason.ts";
import { messageTag } from "../../shared/codec/frame-messages.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";

const heartbeatTag = 0x6a;
const timeTag = 0x09;
const echoTag = 0x11;
/** A tag and a double. */
const fieldBytes = 9;
/** Tags and lengths of the frame's message, and of its body. */
const headBytes = 4;

/**
 * A Heartbeat, as a frame; with `echoMs` the answer to one (rule HB-1). Times are milliseconds since the Unix epoch. By hand, for
 * it is all that most connections are sent while nothing happens.
 */
export function encodeHeartbeat(timeMs: number, echoMs = 0): Uint8Array {
  const bodyBytes = echoMs === 0 ? fieldBytes : 2 * fieldBytes;
  const frame = Buffer.allocUnsafe(headBytes + bodyBytes);
  frame[0] = messageTag;
  frame[1] = 2 + bodyBytes;
  frame[2] = heartbeatTag;
  frame[3] = bodyBytes;
  frame[4] = timeTag;
  frame.writeDoubleLE(timeMs, 5);
  if (echoMs !== 0) {
    frame[13] = echoTag;
    frame.writeDoubleLE(echoMs, 14);
  }
  return frame;
}

/** A HealthCheck, as a frame (rule HC-1). */
export function encodeHealthCheck(timeMs: number): Uint8Array {
  return encodeServerMessage({ body: { case: "healthCheck", value: { timeMs } } });
}

/** Authenticated, as a frame (rule HS-8). */
export function encodeAuthenticated(tokenExpiresInMs: number): Uint8Array {
  return encodeServerMessage({ body: { case: "authenticated", value: { tokenExpiresInMs } } });
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
