import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isName } from "../../shared/ids.ts";
import type { NamesOf } from "../../shared/known-names.ts";
import { createDeferred } from "../deferred.ts";
import { clientLimits } from "../limits.ts";
import type { CallDialer } from "./call-dialer.ts";

/** Who calls, and how. */
export interface Caller {
  /** The name the client gives itself, where nobody authenticates. */
  readonly clientId?: string;
  /** A bearer token, or what gets one within 10 seconds; asked for anew at every try. */
  readonly token?: string | (() => Promise<string>);
  /** Gets the calls to the server. Default: gRPC on Node, Connect in browsers. */
  readonly dialer?: CallDialer;
}

/** The names of {@link Caller}. */
export const callerNames: NamesOf<Caller> = { clientId: true, token: true, dialer: true };

/**
 * What a call says of who calls (rule HS-3). Rejects with what the token's function threw, with `unavailable` when no token
 * comes in time, or when it is aborted.
 */
export async function callerHeaders(
  { clientId, token }: Pick<Caller, "clientId" | "token">,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const bearer = typeof token === "function" ? await inTime(token(), clock, signal) : token;
  return {
    ...(clientId !== undefined && clientId !== "" && { "client-id": clientId }),
    ...(bearer !== undefined && bearer !== "" && { authorization: `Bearer ${bearer}` }),
  };
}

/** The token, within a bound: user code gets it, and may never settle. */
async function inTime(
  token: Promise<string>,
  clock: Clock,
  signal: AbortSignal | undefined,
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

/**
 * Checks who calls. Only a header says it to a service (rule WA-1), where other letters are lost or refused.
 * @throws RoomlineError `invalid-config`
 */
export function checkCaller({ clientId = "" }: Pick<Caller, "clientId">): void {
  if (clientId === "" || (isName(clientId) && /^[!-~]([ -~]*[!-~])?$/.test(clientId))) return;
  const message = "clientId has to be 1 to 128 letters, digits and signs of ASCII.";
  throw new RoomlineError("invalid-config", message);
}
