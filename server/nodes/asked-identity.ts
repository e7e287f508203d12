import { RoomlineError } from "../../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";
import type { Authenticate, Credentials, Identity } from "../connection/authenticate.ts";

/** What a client shows for itself, as it travels to whoever says who that is. */
export interface ToldCredentials extends Omit<Credentials, "peer"> {
  readonly peer: Omit<Credentials["peer"], "metadata"> & {
    readonly metadata: readonly (readonly [string, string])[];
  };
}

/** What `authenticate` has returned, as it travels: nothing for nothing, and no time for one without an end. */
export interface ToldIdentity {
  readonly identity?: Identity;
}

export function credentialsToJson({ peer, ...shown }: Credentials): ToldCredentials {
  return { ...shown, peer: { ...peer, metadata: [...peer.metadata] } };
}

/** Asks `authenticate` for another node. Rejects with what it throws, and when JSON would not carry what it returns. */
export async function askedIdentity(
  authenticate: Authenticate | undefined,
  { peer, ...shown }: ToldCredentials,
): Promise<ToldIdentity> {
  if (authenticate === undefined)
    throw new RoomlineError("unavailable", "There is no authenticate any more.");
  const credentials = { ...shown, peer: { ...peer, metadata: new Map(peer.metadata) } };
  const identity = (await authenticate(credentials)) as Identity | null | undefined;
  if (identity === undefined || identity === null) return {};
  const { claims, expiresAtMs } = identity;
  const fault = claims === undefined ? undefined : jsonFault(claims, "claims");
  if (fault !== undefined)
    throw new RoomlineError("internal", `authenticate: ${jsonFaultText(fault)}.`);
  if (expiresAtMs !== Infinity) return { identity };
  const { expiresAtMs: _, ...endless } = identity;
  return { identity: endless };
}
