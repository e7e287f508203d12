import type { Clock } from "../../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import { awaitTimeOfDay } from "../../connection/expiry.ts";
import type { Revocations } from "../../connection/revocations.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import type { Caller } from "./caller.ts";

/** What tells that a caller is nobody any more. */
interface CallerEndParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly revocations: Pick<Revocations, "onRevoked">;
}

/** Calls back when the caller's token is over (rule HS-9), or was taken back (rule AD-9): for calls that go on for long. */
export function awaitCallerEnd(
  { clientId, operator, expiresAtMs }: Caller,
  parts: CallerEndParts,
  callback: (reason: CloseReason) => void,
): { cancel(): void } {
  if (operator !== undefined) return { cancel: () => undefined };
  const expiry = awaitTimeOfDay(parts, expiresAtMs, () => callback(closeReasons.tokenExpired));
  const revoked = parts.revocations.onRevoked(clientId, () => callback(closeReasons.forbidden));
  return {
    cancel() {
      expiry.cancel();
      revoked.cancel();
    },
  };
}
