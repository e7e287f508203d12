import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { closeCodeTrailer } from "../../shared/transport/grpc-names.ts";
import { messageOf } from "../../shared/errors.ts";
import { contain, containPromise, type Report } from "../containment.ts";
import type { CallDialer, CallLine } from "./call-dialer.ts";
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

const untold = (): void => undefined;

/** The calls of a caller by a dialer. */
export function callsBy({
  caller,
  dialer,
  clock,
  report = untold,
}: {
  readonly caller: Pick<Caller, "clientId" | "token">;
  readonly dialer: CallDialer;
  readonly clock: Clock;
  /** Hears of what the dialer and the token's function throw. Default: nobody but whoever makes the call. */
  readonly report?: Report;
}): MakeCall {
  /** The token that the server has said is over (rule HS-9). */
  let spent: string | undefined;
  const headersOf = async (signal: AbortSignal | undefined) => {
    try {
      return await callerHeaders(caller, { clock, spent, signal });
    } catch (error) {
      if (signal?.aborted !== true && typeof caller.token === "function") report(error, "token");
      throw error;
    }
  };
  const dial = (): CallLine => {
    try {
      const line = dialer.dial();
      // One of the user's may be an async function, against its type: then this is no line, but it may still reject.
      void containPromise(line, report, "dialer");
      return line;
    } catch (error) {
      report(error, "dialer");
      throw error;
    }
  };
  return async (call, signal) => {
    const line = dial();
    let headers: Record<string, string> = {};
    try {
      headers = await headersOf(signal);
      const result = await call({ transport: line.transport, headers });
      spent = undefined;
      return result;
    } catch (error) {
      if (isTokenExpired(error)) spent = headers["authorization"]?.slice("Bearer ".length) ?? spent;
      throw error;
    } finally {
      // What became of the call counts, whether or not the line can be closed.
      void contain(() => line.close(), report, "dialer");
    }
  };
}

/** Makes a call once more when the server asks for a new token and there is a way to get one (rule HS-9). */
export async function withNewToken<T>(
  call: () => Promise<T>,
  { token }: Pick<Caller, "token">,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (typeof token === "function" && isTokenExpired(error)) return call();
    throw error;
  }
}

/** Whether the server asks for a new token. */
export function isTokenExpired(thrown: unknown): boolean {
  const code = connectErrorOf(thrown).metadata.get(closeCodeTrailer);
  return code === String(closeReasons.tokenExpired.code);
}

/** What a call failed with, whatever was thrown: some things cannot be made a ConnectError by its own `from`. */
export function connectErrorOf(thrown: unknown): ConnectError {
  try {
    return ConnectError.from(thrown, Code.Unavailable);
  } catch {
    return new ConnectError(messageOf(thrown), Code.Unavailable);
  }
}
