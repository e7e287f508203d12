import {
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { parseTarget, servicesUrl } from "../../shared/transport/server-target.ts";
import type { CallDialer } from "./call-dialer.ts";
import { nodeTlsOptions, tlsTo } from "../transport/node-tls.ts";
import type { GrpcTlsOptions } from "../transport/tls-options.ts";

/** How calls reach their server on Node. */
export interface NodeCallDialerOptions {
  /** As for `connect`: `HOST:PORT`, http(s):// or ws(s)://. */
  readonly target: string;
  /**
   * `grpc`, `connect` over HTTP/2, or `connect-http1`, for proxies that speak nothing newer. Default: "grpc" for `HOST:PORT`;
   * "connect-http1" for a URL, which goes wherever a browser would.
   */
  readonly protocol?: "grpc" | "connect" | "connect-http1";
  /** Speaks TLS with these; without, the connection is in clear text. */
  readonly tls?: GrpcTlsOptions;
}

/**
 * Each connection is closed when its try is over. The manager's own timer would begin when the last stream ends by that, and hold
 * the dead connection for another quarter of an hour.
 */
const neverIdle = { idleConnectionTimeoutMs: Infinity };

/**
 * Creates a dialer for {@link watchRoom} and {@link createLobby}. Each try has a connection of its own, so what breaks,
 * breaks for one watch.
 * @throws RoomlineError `invalid-config`
 */
export function createCallDialer(options: NodeCallDialerOptions): CallDialer {
  const { target } = options;
  const tls = tlsTo(target, options.tls);
  const baseUrl = servicesUrl(target, tls !== undefined);
  const isUrl = parseTarget(target).speaks !== undefined;
  const protocol = options.protocol ?? (isUrl ? "connect-http1" : "grpc");
  const nodeOptions = nodeTlsOptions(tls);
  // Compressing small events costs more than it saves.
  const common = { baseUrl, acceptCompression: [] };
  if (protocol === "connect-http1") {
    const transport = createConnectTransport({ ...common, httpVersion: "1.1", nodeOptions });
    return { target, dial: () => ({ transport, close: () => undefined }) };
  }
  return {
    target,
    dial() {
      const sessionManager = new Http2SessionManager(baseUrl, neverIdle, nodeOptions);
      const close = (): void => sessionManager.abort();
      if (protocol === "grpc")
        return { transport: createGrpcTransport({ ...common, sessionManager }), close };
      const transport = createConnectTransport({ ...common, httpVersion: "2", sessionManager });
      return { transport, close };
    },
  };
}
