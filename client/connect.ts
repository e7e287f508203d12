import { RoomlineError } from "../shared/errors.ts";
import { nextAddress, parseTarget } from "../shared/transport/server-target.ts";
import type { Client } from "./client.ts";
import { readConnectArguments, type ConnectOptions } from "./connect-options.ts";
import { connectOver, type DialTo } from "./connect-over.ts";
import { createGrpcDialer } from "./transport/grpc-dialer.ts";
import { createWebSocketDialer } from "./transport/node-websocket-dialer.ts";

/**
 * Connects to a server and resolves when it has said Welcome (rules HS). From then on the client comes back by itself
 * whenever the connection is lost, and resumes all its sessions (rules RS).
 *
 * Rejects with RoomlineError `unavailable` when there is no server within `connectTimeoutMs`, `unauthenticated` when it
 * does not accept the token, `connection-closed` when it turns the client away for another reason (the message names the close
 * reason, `cause` is it), or `invalid-config`; or with the reason of an aborted `signal`.
 *
 * @param target `HOST:PORT`, which is spoken to in gRPC, or http(s)://HOST[:PORT] or ws(s)://HOST[:PORT] for WebSocket; a path
 * is the one below which a proxy has the server. To be left out only in pages, and where `dialer` knows the way.
 */
export async function connect(target?: string, options?: ConnectOptions): Promise<Client>;
export async function connect(options: ConnectOptions): Promise<Client>;
export async function connect(
  first?: string | ConnectOptions,
  second?: ConnectOptions,
): Promise<Client> {
  const { target = "", options } = readConnectArguments(first, second);
  const { surroundings, pauseWhenHidden = false } = options;
  const platform = {
    dialTo: dialFrom(target, options),
    pauseWhenHidden,
    ...(surroundings !== undefined && { surroundings: () => surroundings }),
  };
  const { client, ready } = await connectOver(platform, target, options);
  await ready;
  return client;
}

/** Another address a server names is spoken to as the first one was. */
function dialFrom(home: string, { transport, tls }: ConnectOptions): DialTo {
  return (address, clock) => {
    const { speaks } = parseTarget(home);
    if (transport === "grpc" && speaks === "websocket") {
      const message = `"${home}" is the address of a WebSocket: write HOST:PORT or https://HOST for the transport "grpc".`;
      throw new RoomlineError("invalid-config", message);
    }
    const isGrpc = transport === "grpc" || (transport === undefined && speaks === undefined);
    const create = isGrpc ? createGrpcDialer : createWebSocketDialer;
    return create({ target: nextAddress(home, address), clock, ...(tls !== undefined && { tls }) });
  };
}
