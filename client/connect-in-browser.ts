import { createSystemClock, timeOfDay, type Clock } from "../shared/clock.ts";
import { RoomlineError } from "../shared/errors.ts";
import { systemIds } from "../shared/ids.ts";
import { nextAddress, webSocketUrl } from "../shared/transport/server-target.ts";
import type { TransportDialer } from "../shared/transport/transport.ts";
import type { Client } from "./client.ts";
import { readConnectArguments, type ConnectOptions } from "./connect-options.ts";
import { connectOver, type ConnectPlatform, type DialTo } from "./connect-over.ts";
import { isSecurePage, pageOrigin } from "./lifecycle/page-origin.ts";
import { explainUnreachable } from "./lifecycle/refused-page.ts";
import { createPageSurroundings, type Page } from "./lifecycle/page-surroundings.ts";
import type { Surroundings } from "./lifecycle/surroundings.ts";
import type { Claim } from "./persist/claim.ts";
import { createPageClaim, type Channel, type ClaimingPage } from "./persist/page-claim.ts";
import { openBrowserWebSocket } from "./transport/browser-websocket.ts";
import { createWebSocketDialer as createDialer } from "./transport/websocket-dialer.ts";

declare const document: Page["document"];

/** What the browser has; locks only where the page came over TLS, or from this machine. */
declare const navigator: Pick<ClaimingPage, "locks"> | undefined;
declare const BroadcastChannel: (new (name: string) => Channel) | undefined;

/** The window, or the global scope of a worker. */
declare const self: Page["window"] | undefined;

/**
 * Connects to a server over WebSocket and resolves when it has said Welcome (rules HS). From then on the client comes back
 * by itself whenever the connection is lost, and resumes all its sessions (rules RS).
 *
 * Rejects with RoomlineError `unavailable` when there is no server within `connectTimeoutMs`, `unauthenticated` when it
 * does not accept the token, `connection-closed` when it turns the client away for another reason (the message names the close
 * reason, `cause` is it), or `invalid-config`; or with the reason of an aborted `signal`.
 *
 * @param target `HOST:PORT`, http(s)://HOST[:PORT] or ws(s)://HOST[:PORT]; a path is the one below which a proxy has the
 * server. Default: where the page comes from.
 */
export async function connect(target?: string, options?: ConnectOptions): Promise<Client>;
export async function connect(options: ConnectOptions): Promise<Client>;
export async function connect(
  first?: string | ConnectOptions,
  second?: ConnectOptions,
): Promise<Client> {
  const { target = pageOrigin(), options } = readConnectArguments(first, second);
  refuseWhatIsOfNode(options);
  const { surroundings, pauseWhenHidden = false } = options;
  const platform: ConnectPlatform = {
    dialTo: dialFrom(target),
    surroundings: (clock) => surroundings ?? pageAround(clock),
    pauseWhenHidden,
    claim: claimInPage,
  };
  // A component that goes in the same task in which it came, as all do once under React's StrictMode, opens no socket:
  // browsers complain on the console of one that is closed before it is open.
  if (options.signal !== undefined) await Promise.resolve();
  const { client, ready } = await connectOver(platform, target, options);
  try {
    await ready;
  } catch (error) {
    throw await explainUnreachable(
      error,
      webSocketUrl(target, isSecurePage()),
      options.clock ?? createSystemClock(),
    );
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

/** @throws RoomlineError `invalid-config` */
function refuseWhatIsOfNode({ transport, tls }: ConnectOptions): void {
  const option = transport === "grpc" ? `transport "grpc"` : tls !== undefined && "tls";
  if (option === false) return;
  const advice = "browsers speak WebSocket, and TLS by themselves: write https://HOST for it";
  throw new RoomlineError(
    "invalid-config",
    `connect(): the option ${option} is for Node; ${advice}.`,
  );
}

/** Another address a server names is reached in the same way as the first one. */
function dialFrom(home: string): DialTo {
  return (address, clock) =>
    createDialer({
      url: webSocketUrl(nextAddress(home, address), isSecurePage()),
      open: openBrowserWebSocket,
      clock,
    });
}

/** What other pages of the same origin respect. */
function claimInPage(clock: Clock): Claim {
  return createPageClaim({
    clock,
    ids: systemIds,
    ...(typeof navigator !== "undefined" && { locks: navigator.locks }),
    ...(typeof BroadcastChannel !== "undefined" && {
      openChannel: (name: string) => new BroadcastChannel(name),
    }),
  });
}

function pageAround(clock: Clock): Surroundings {
  return createPageSurroundings({
    ...(typeof self !== "undefined" && { window: self }),
    ...(typeof document !== "undefined" && { document }),
    clock,
    timeOfDay,
  });
}
