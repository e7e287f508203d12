import { WebSocket, type ClientOptions } from "ws";
import type { GrpcTlsOptions } from "./grpc-dialer.ts";
import type { OpenWebSocket, WebSocketLike } from "./websocket-like.ts";

/** The largest frame taken from the server, in bytes; the same as over gRPC. */
const frameBytesMax = 8_388_608;

/** Opens WebSockets on Node, with the metadata as headers. */
export function openNodeWebSocket(tls: GrpcTlsOptions = {}): OpenWebSocket {
  const options: ClientOptions = {
    perMessageDeflate: false,
    maxPayload: frameBytesMax,
    handshakeTimeout: 10_000,
    ...tlsOptions(tls),
  };
  return (url, protocol, metadata): WebSocketLike => {
    const headers = Object.fromEntries(metadata);
    return new WebSocket(url, protocol, { ...options, headers });
  };
}

function tlsOptions({ ca, cert, key, serverName }: GrpcTlsOptions): ClientOptions {
  return {
    ...(ca !== undefined && { ca: asPem(ca) }),
    ...(cert !== undefined && { cert: asPem(cert) }),
    ...(key !== undefined && { key: asPem(key) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function asPem(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value);
}
