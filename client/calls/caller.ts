import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isName } from "../../shared/ids.ts";
import type { NamesOf } from "../../shared/known-names.ts";
import { errorNameHeader } from "../../shared/transport/grpc-names.ts";
import { tokenFault } from "../../shared/token.ts";
import { inTime, type TokenOption } from "../lifecycle/token-source.ts";
import type { CallDialer } from "./call-dialer.ts";

/** Who calls, and how. */
export interface Caller {
  /** The name the client gives itself, where nobody authenticates. */
  readonly clientId?: string;
  /** A bearer token, or what gets one within 10 seconds: asked at every try. */
  readonly token?: TokenOption;
  /** Gets the calls to the server. Default: gRPC on Node, Connect in browsers. */
  readonly dialer?: CallDialer;
}

/** The names of {@link Caller}. */
export const callerNames: NamesOf<Caller> = { clientId: true, token: true, dialer: true };

/** How the token of a call is got. */
interface TokenContext {
  readonly clock: Clock;
  /** The token that the server has said is over; undefined when it has not. */
  readonly spent: string | undefined;
  /** Breaks the wait off. */
  readonly signal: AbortSignal | undefined;
}

/** The server has said it of this token, and would say it again: its own word, so it is final. */
const saidByServer = { [errorNameHeader]: "token-expired" };

/**
 * What a call says of who calls (rule HS-3). Rejects with what the token's function threw, with `unavailable` when no token
 * comes in time, or when it is aborted, with `invalid-argument` when the token is too long.
 */
export async function callerHeaders(
  { clientId, token }: Pick<Caller, "clientId" | "token">,
  { clock, spent, signal }: TokenContext,
): Promise<Record<string, string>> {
  const bearer =
    typeof token === "function"
      ? await inTime(token({ fresh: spent !== undefined }), clock, signal)
      : token;
  if (bearer !== undefined && bearer === spent)
    throw new ConnectError("token-expired: the token is over.", Code.Unauthenticated, saidByServer);
  const fault = tokenFault(bearer ?? "");
  if (fault !== undefined) throw new RoomlineError("invalid-argument", fault);
  return {
    ...(clientId !== undefined && clientId !== "" && { "client-id": clientId }),
    ...(bearer !== undefined && bearer !== "" && { authorization: `Bearer ${bearer}` }),
  };
}

/**
 * Checks who calls. Only a header says it to a service (rule WA-1), where other letters are lost or refused.
 * @throws RoomlineError `invalid-config`
 */
export function checkCaller({ clientId = "", token }: Pick<Caller, "clientId" | "token">): void {
  const fault = typeof token === "string" ? tokenFault(token) : undefined;
  if (fault !== undefined) throw new RoomlineError("invalid-config", fault);
  if (clientId === "" || (isName(clientId) && /^[!-~]([ -~]*[!-~])?$/.test(clientId))) return;
  const message = "clientId has to be 1 to 128 letters, digits and signs of ASCII.";
  throw new RoomlineError("invalid-config", message);
}
