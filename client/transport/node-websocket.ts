import { WebSocket, type ClientOptions } from "ws";
import { nodeTlsOptions } from "./node-tls.ts";
import type { GrpcTlsOptions } from "./tls-options.ts";
import type { OpenWebSocket, WebSocketLike } from "./websocket-like.ts";

/** The largest frame taken from the server, in bytes; the same as over gRPC. */
const frameBytesMax = 8_388_608;

/** Opens WebSockets on Node, with the metadata as headers. */
export function openNodeWebSocket(tls?: GrpcTlsOptions): OpenWebSocket {
  const options: ClientOptions = {
    perMessageDeflate: false,
    maxPayload: frameBytesMax,
    handshakeTimeout: 10_000,
    ...nodeTlsOptions(tls),
  };
  return (url, protocol, metadata): WebSocketLike => {
    const headers = Object.fromEntries(metadata);
    return new WebSocket(url, protocol, { ...options, headers });
  };
}
