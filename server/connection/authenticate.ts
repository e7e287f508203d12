import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { PeerInfo } from "../../shared/transport.ts";

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

/** The credentials of a Hello: metadata wins (rule HS-3). */
export function credentialsOf(hello: Hello, peer: PeerInfo): Credentials {
  const authorization = peer.metadata.get("authorization") ?? "";
  const bearer = /^Bearer\s+(.+)$/i.exec(authorization)?.[1];
  return {
    token: bearer ?? hello.token,
    clientId: peer.metadata.get("client-id") ?? hello.clientId,
    peer,
  };
}
