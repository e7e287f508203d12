import {
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { RoomlineError } from "../../shared/errors.ts";
import type { CallDialer } from "./call-dialer.ts";
import { nodeTlsOptions, type GrpcTlsOptions } from "../transport/tls-options.ts";

/** How calls reach their server on Node. */
export interface NodeCallDialerOptions {
  /** `host:port` */
  readonly target: string;
  /** `grpc` (default), `connect` over HTTP/2, or `connect-http1`, for proxies that speak nothing newer. */
  readonly protocol?: "grpc" | "connect" | "connect-http1";
  /** Speaks TLS with these; without, the connection is in clear text. */
  readonly tls?: GrpcTlsOptions;
}

/**
 * Creates a dialer for {@link watchRoom} and {@link createLobby}. Each try has a connection of its own, so what breaks,
 * breaks for one watch.
 * @throws RoomlineError `invalid-config`
 */
export function createCallDialer(options: NodeCallDialerOptions): CallDialer {
  const { target, protocol = "grpc", tls } = options;
  const baseUrl = `${tls === undefined ? "http" : "https"}://${target}`;
  if (/^\w+:\/\//.test(target) || !URL.canParse(baseUrl)) {
    const message = `This takes HOST:PORT, such as localhost:50051, not "${target}".`;
    throw new RoomlineError("invalid-config", message);
  }
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
      const sessionManager = new Http2SessionManager(baseUrl, {}, nodeOptions);
      const close = (): void => sessionManager.abort();
      if (protocol === "grpc")
        return { transport: createGrpcTransport({ ...common, sessionManager }), close };
      const transport = createConnectTransport({ ...common, httpVersion: "2", sessionManager });
      return { transport, close };
    },
  };
}
