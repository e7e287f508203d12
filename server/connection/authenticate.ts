import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";

/** What a client shows for itself. */
export interface Credentials {
  /** The bearer token from metadata or Hello; empty when there is none. */
  readonly token: string;
  /** The name the client gives itself, from metadata or Hello; empty when it gives none. Prove nothing by it. */
  readonly clientId: string;
  readonly peer: PeerInfo;
}

/** Who a client is. */
export interface Identity {
  readonly clientId: string;
  /** Whatever rooms should know of the player. */
  readonly claims?: unknown;
}

/** Says who a client is, or throws to turn it away; may take its time, at most the hello timeout. */
export type Authenticate = (credentials: Credentials) => Identity | Promise<Identity>;

/** The bearer token in metadata; empty when there is none. */
export function bearerOf(metadata: ReadonlyMap<string, string>): string {
  return /^Bearer\s+(.+)$/i.exec(metadata.get("authorization") ?? "")?.[1] ?? "";
}

/** The credentials of a Hello: metadata wins (rule HS-3). */
export function credentialsOf(hello: Hello, peer: PeerInfo): Credentials {
  const bearer = bearerOf(peer.metadata);
  return {
    token: bearer === "" ? hello.token : bearer,
    clientId: peer.metadata.get("client-id") ?? hello.clientId,
    peer,
  };
}
