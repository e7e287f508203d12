import { RoomlineError } from "../shared/errors.ts";
import type { Client } from "./client.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import {
  commonOptionNames,
  connectOver,
  type CommonConnectOptions,
  type DialTo,
} from "./connect-over.ts";
import { createGrpcDialer } from "./transport/grpc-dialer.ts";
import { createWebSocketDialer } from "./transport/node-websocket-dialer.ts";
import type { GrpcTlsOptions } from "./transport/tls-options.ts";
import { schemeOf, webSocketUrl } from "./transport/websocket-url.ts";

/** Options of {@link connect}. */
export interface ConnectOptions extends CommonConnectOptions {
  /** Speaks TLS with these; without, `HOST:PORT` is reached in clear text. */
  readonly tls?: GrpcTlsOptions;
  /** What carries the frames. Default: what the target says, "grpc" for `HOST:PORT`. */
  readonly transport?: "grpc" | "websocket";
}

const optionNames: NamesOf<ConnectOptions> = {
  ...commonOptionNames,
  tls: true,
  transport: true,
};

/**
 * Connects to a server and resolves when it has said Welcome (rules HS). From then on the client comes back by itself
 * whenever the connection is lost, and resumes all its sessions (rules RS).
 *
 * Rejects with RoomlineError `unavailable` when there is no server within `connectTimeoutMs`, `connection-closed` when
 * the server turns the client away (the message names the close reason, `cause` is it), or `invalid-config`.
 *
 * @param target `HOST:PORT`, which is spoken to in gRPC, or `ws://HOST:PORT` or `wss://HOST:PORT` for WebSocket
 */
export async function connect(target: string, options: ConnectOptions = {}): Promise<Client> {
  checkNames("connect", options, optionNames);
  const { client, ready } = connectOver({ dialTo: dialFrom(target, options) }, target, options);
  await ready;
  return client;
}

/** Another address a server names is spoken to as the first one was. */
function dialFrom(target: string, options: ConnectOptions): DialTo {
  const { tls, transport = /^wss?:/.test(target) ? "websocket" : "grpc" } = options;
  if (transport === "websocket") {
    const scheme = schemeOf(webSocketUrl(target, tls === undefined ? "ws:" : "wss:"));
    return (address, clock) =>
      createWebSocketDialer({
        target: webSocketUrl(address, scheme),
        clock,
        ...(tls !== undefined && { tls }),
      });
  }
  return (address, clock) => {
    if (/^\w+:\/\//.test(address)) {
      const message = `connect() takes HOST:PORT for gRPC, or ws://HOST:PORT, not "${address}".`;
      throw new RoomlineError("invalid-config", message);
    }
    return createGrpcDialer({ target: address, clock, ...(tls !== undefined && { tls }) });
  };
}
