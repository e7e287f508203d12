import { encodeClientMessage } from "../../shared/codec/client-frame.ts";
import { protocolVersion } from "../../shared/limits.ts";
import type { Position } from "../../shared/position.ts";
import { positionToWire } from "../session/messages.ts";

/** Name and version of this library, for the server's logs. */
const sdkName = "roomline-js/0.1.0";

/** Who the client is, and where it stands. */
interface HelloFacts {
  readonly token: string;
  readonly clientId: string;
  readonly resumeToken: string;
  /** The sessions to resume (rule RS-1). */
  readonly sessions: readonly (readonly [sessionId: string, position: Position])[];
}

/** Hello: the first frame of every connection (rules HS-1, RS-1). */
export function encodeHello({ token, clientId, resumeToken, sessions }: HelloFacts): Uint8Array {
  const value = {
    protocolVersion,
    token,
    clientId,
    sdk: sdkName,
    resumeToken,
    sessions: sessions.map(([sessionId, position]) => ({
      sessionId,
      position: positionToWire(position),
    })),
  };
  return encodeClientMessage({ body: { case: "hello", value } });
}

/** Authenticate: a new token for a connection that is live (rule HS-8). */
export function encodeAuthenticate(token: string): Uint8Array {
  return encodeClientMessage({ body: { case: "authenticate", value: { token } } });
}

/** A longer token travels in Hello alone: there are proxies on the way that take no more than 8 KiB of headers. */
const metadataTokenBytesMax = 4_096;

/** Metadata that says who the client is before its Hello does, for logs and proxies on the way (rule HS-3). */
export function helloMetadata(token: string, clientId: string): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (token !== "" && token.length <= metadataTokenBytesMax)
    metadata.set("authorization", `Bearer ${token}`);
  // Header values are visible ASCII; another name travels in Hello alone.
  if (/^[!-~]+$/.test(clientId)) metadata.set("client-id", clientId);
  return metadata;
}
