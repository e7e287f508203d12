import { createSystemClock, timeOfDay, type Clock } from "../shared/clock.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import type { TransportDialer } from "../shared/transport/transport.ts";
import type { Client } from "./client.ts";
import {
  commonOptionNames,
  connectOver,
  type CommonConnectOptions,
  type ConnectPlatform,
  type DialTo,
} from "./connect-over.ts";
import { isSecurePage, pageOrigin } from "./lifecycle/page-origin.ts";
import { explainUnreachable } from "./lifecycle/refused-page.ts";
import { createPageSurroundings, type Page } from "./lifecycle/page-surroundings.ts";
import type { Surroundings } from "./lifecycle/surroundings.ts";
import { openBrowserWebSocket } from "./transport/browser-websocket.ts";
import { createWebSocketDialer as createDialer } from "./transport/websocket-dialer.ts";
import { schemeOf, webSocketUrl } from "./transport/websocket-url.ts";

declare const document: Page["document"];

/** The window, or the global scope of a worker. */
declare const self: Page["window"] | undefined;

/** Options of {@link connect}. */
export interface ConnectOptions extends CommonConnectOptions {
  /**
   * While nobody sees the page, the server keeps back all events and state; they come when somebody does again. Events
   * wait as long as the room's log has them. Default false.
   */
  readonly pauseWhenHidden?: boolean;
  /** What is around the client. Default: the page. */
  readonly surroundings?: Surroundings;
}

const optionNames: NamesOf<ConnectOptions> = {
  ...commonOptionNames,
  pauseWhenHidden: true,
  surroundings: true,
};

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
  checkNames("connect", options, optionNames);
  const { surroundings, pauseWhenHidden = false } = options;
  const platform: ConnectPlatform = {
    dialTo: dialFrom(target),
    surroundings: (clock) => surroundings ?? pageAround(clock),
    pauseWhenHidden,
  };
  const { client, ready } = connectOver(platform, target, options);
  try {
    await ready;
  } catch (error) {
    throw await explainUnreachable(error, urlOf(target), options.clock ?? createSystemClock());
  }
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
  const scheme = schemeOf(urlOf(target));
  return (address, clock) =>
    createDialer({
      url: webSocketUrl(address, scheme),
      open: openBrowserWebSocket,
      clock,
    });
}

function urlOf(target: string): string {
  return webSocketUrl(target, isSecurePage() ? "wss:" : "ws:");
}

function pageAround(clock: Clock): Surroundings {
  return createPageSurroundings({
    window: typeof self === "undefined" ? new EventTarget() : self,
    ...(typeof document !== "undefined" && { document }),
    clock,
    timeOfDay,
  });
}
