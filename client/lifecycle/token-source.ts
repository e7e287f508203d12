import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { createDeferred } from "../deferred.ts";
import { clientLimits } from "../limits.ts";

/** What a token is asked for with. */
export interface TokenQuery {
  /** The token before is over, or soon will be: one that is kept is of no use if it is the same. */
  readonly fresh: boolean;
}

/** A bearer token, or what gets one: at every try to connect, and before the one that a connection has is over (rule HS-8). */
export type TokenOption = string | ((query: TokenQuery) => string | Promise<string>);

/** The token, within a bound: user code gets it, and may never settle. */
export async function inTime(
  token: string | Promise<string>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<string> {
  const got = createDeferred<string>();
  const giveUp = (message: string) => got.reject(new RoomlineError("unavailable", message));
  const onAbort = () => giveUp("The call was broken off.");
  const { welcomeTimeoutMs } = clientLimits;
  const late = `No token came within ${welcomeTimeoutMs / 1_000} s.`;
  const timer = clock.setTimer(() => giveUp(late), welcomeTimeoutMs);
  signal?.addEventListener("abort", onAbort);
  try {
    return await Promise.race([token, got.promise]);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
