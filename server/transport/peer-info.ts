import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket, type PeerCertificate } from "node:tls";
import { hostWithPort } from "../../shared/transport/host-with-port.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import { hostOf } from "../../shared/transport/network-of.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** What is known of the peer on this socket that sent these headers. */
export function peerInfoOf(
  protocol: PeerInfo["protocol"],
  socket: Socket,
  headers: IncomingHttpHeaders,
  proxies: TrustedProxies,
): PeerInfo {
  const certificateSubject = certificateSubjectOf(socket);
  return {
    protocol,
    address: peerAddressOf(socket, headers, proxies),
    metadata: metadataOf(headers),
    ...(certificateSubject !== undefined && { certificateSubject }),
  };
}

/** `HOST:PORT`, and `HOST:0` for whom a trusted proxy speaks. An IPv4 address on a socket of both is told as what it is. */
export function peerAddressOf(
  { remoteAddress = "unknown", remotePort = 0 }: Socket,
  headers: IncomingHttpHeaders,
  proxies: TrustedProxies,
): string {
  const forwarded = headers["x-forwarded-for"];
  const text = typeof forwarded === "string" ? forwarded : forwarded?.join(",");
  const client = proxies.clientOf(remoteAddress, text);
  return client === undefined
    ? hostWithPort(hostOf(remoteAddress), remotePort)
    : hostWithPort(client, 0);
}

function metadataOf(headers: IncomingHttpHeaders): Map<string, string> {
  const metadata = new Map<string, string>();
  for (const [header, value] of Object.entries(headers)) {
    // HTTP/2 has another name for what HTTP/1 calls host.
    const name = header === ":authority" ? "host" : header;
    if (value === undefined || name.startsWith(":")) continue;
    metadata.set(name, typeof value === "string" ? value : value.join(", "));
  }
  return metadata;
}

/** The subject as `CN=ann, O=Example`; undefined without mutual TLS. */
function certificateSubjectOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return subjectText(socket.getPeerCertificate());
}

/** Of a socket that has just been destroyed, Node gives null; its types do not say so. */
function subjectText(certificate: Partial<PeerCertificate> | null): string | undefined {
  if (certificate?.subject === undefined) return undefined;
  const parts = Object.entries(certificate.subject).map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  return parts.join(", ");
}
