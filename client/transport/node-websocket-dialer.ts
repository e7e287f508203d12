import { createSystemClock, type Clock } from "../../shared/clock.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import { webSocketUrl } from "../../shared/transport/server-target.ts";
import { tlsTo } from "./node-tls.ts";
import type { GrpcTlsOptions } from "./tls-options.ts";
import { networkProblem } from "./network-problem.ts";
import { openNodeWebSocket } from "./node-websocket.ts";
import { createWebSocketDialer as createDialer } from "./websocket-dialer.ts";

/** How a dialer on Node reaches its server over WebSocket. */
export interface WebSocketDialerOptions {
  /** As for `connect`: ws(s)://, http(s)://, or `HOST:PORT`, which is reached over TLS if there is `tls`. */
  readonly target: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Certificates; the same as for gRPC. Default: the authorities Node knows. */
  readonly tls?: GrpcTlsOptions;
}

/**
 * Creates a dialer that speaks WebSocket on Node.
 *
 * @throws RoomlineError `invalid-config`
 */
export function createWebSocketDialer(options: WebSocketDialerOptions): TransportDialer {
  const { target, clock = createSystemClock() } = options;
  const tls = tlsTo(target, options.tls);
  const url = webSocketUrl(target, tls !== undefined);
  return createDialer({ url, open: openNodeWebSocket(tls), explain: networkProblem, clock });
}
