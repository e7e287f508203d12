import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { CallDialer } from "./call-dialer.ts";
import { callerHeaders, type Caller } from "./caller.ts";

/** What a call goes out with. */
interface OpenLine {
  readonly transport: Transport;
  /** Who calls. */
  readonly headers: Record<string, string>;
}

/**
 * Makes a call over a line of its own, closed behind it. Rejects with what the call failed with, or what the dialer or the
 * token's function threw. The signal breaks off the wait for a token; the call has to heed it by itself.
 */
export type MakeCall = <T>(
  call: (line: OpenLine) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/** The calls of this caller. */
export function callsOf(
  caller: Pick<Caller, "clientId" | "token">,
  dialer: CallDialer,
  clock: Clock,
): MakeCall {
  return async (call, signal) => {
    const line = dialer.dial();
    try {
      const headers = await callerHeaders(caller, clock, signal);
      return await call({ transport: line.transport, headers });
    } finally {
      try {
        line.close();
      } catch {
        // What became of the call counts, not that a dialer of the user's cannot clean up.
      }
    }
  };
}

/** What a call failed with, whatever was thrown: some things cannot be made a ConnectError by its own `from`. */
export function connectErrorOf(thrown: unknown): ConnectError {
  try {
    return ConnectError.from(thrown, Code.Unavailable);
  } catch {
    return new ConnectError(messageOf(thrown), Code.Unavailable);
  }
}
