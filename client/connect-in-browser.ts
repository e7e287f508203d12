import { createSystemClock } from "../shared/clock.ts";
import type { TransportDialer } from "../shared/transport.ts";
import type { Client } from "./client.ts";
import { connectOver, type CommonConnectOptions, type DialTo } from "./connect-over.ts";
import { isSecurePage, pageOrigin } from "./page-origin.ts";
import { openBrowserWebSocket } from "./transport/browser-websocket.ts";
import { createWebSocketDialer as createDialer } from "./transport/websocket-dialer.ts";
import { schemeOf, webSocketUrl } from "./transport/websocket-url.ts";

/** Options of {@link connect}. */
export type ConnectOptions = CommonConnectOptions;

/**
 * Connects to a server over WebSocket and resolves when it has said Welcome (rules HS). From then on the client comes back
 * by itself whenever the connection is lost, and resumes all its sessions (rules RS).
 *
 * Rejects with RoomlineError `unavailable` when there is no server within `connectTimeoutMs`, `connection-closed` when
 * the server turns the client away (the message names the close reason, `cause` is it), or `invalid-config`.
 *
 * @param target `wss://HOST:PORT`, a page's origin, or `HOST:PORT`; default: where the page comes from
 */
export async function connect(target?: string, options?: ConnectOptions): Promise<Client>;
export async function connect(options: ConnectOptions): Promise<Client>;
export async function connect(
  first: string | ConnectOptions = pageOrigin(),
  second: ConnectOptions = {},
): Promise<Client> {
  const [target, options] = typeof first === "string" ? [first, second] : [pageOrigin(), first];
  const { client, ready } = connectOver(dialFrom(target), target, options);
  await ready;
  return client;
}

/**
 * The dialer that {@link connect} takes by itself, for those who put something around it and give it as `dialer`.
 *
 * @param target as for `connect`
 * @throws RoomlineError `invalid-config`
 */
export function createWebSocketDialer(target = pageOrigin()): TransportDialer {
  return dialFrom(target)(target, createSystemClock());
}

/** Another address a server names is reached by the same scheme as the first one. */
function dialFrom(target: string): DialTo {
  const scheme = schemeOf(webSocketUrl(target, isSecurePage() ? "wss:" : "ws:"));
  return (address, clock) =>
    createDialer({
      url: webSocketUrl(address, scheme),
      open: openBrowserWebSocket,
      clock,
    });
}
