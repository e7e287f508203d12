import { RoomlineError } from "../../shared/errors.ts";
import { isName } from "../../shared/ids.ts";
import type { CallDialer } from "./call-dialer.ts";

/** Who calls, and how. */
export interface Caller {
  /** The name the client gives itself, where nobody authenticates. */
  readonly clientId?: string;
  /** A bearer token, or what gets one; asked for anew at every try. */
  readonly token?: string | (() => Promise<string>);
  /** Gets the calls to the server. Default: gRPC on Node, Connect in browsers. */
  readonly dialer?: CallDialer;
}

/** What a call says of who calls (rule HS-3). */
export async function callerHeaders({
  clientId,
  token,
}: Pick<Caller, "clientId" | "token">): Promise<Record<string, string>> {
  const bearer = typeof token === "function" ? await token() : token;
  return {
    ...(clientId !== undefined && clientId !== "" && { "client-id": clientId }),
    ...(bearer !== undefined && bearer !== "" && { authorization: `Bearer ${bearer}` }),
  };
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
