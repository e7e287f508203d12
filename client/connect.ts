import { createSystemClock, type Clock } from "../shared/clock.ts";
import { RoomlineError } from "../shared/errors.ts";
import { systemRandom, type RandomSource } from "../shared/random.ts";
import type { TransportDialer } from "../shared/transport.ts";
import type { Client } from "./client.ts";
import { startClient } from "./client-shell.ts";
import { resolveClientConfig, type ClientOptions } from "./config.ts";
import { consoleLog, type ClientLog } from "./log.ts";
import { createGrpcDialer, type GrpcTlsOptions } from "./transport/grpc-dialer.ts";

/** Options of {@link connect}. */
export interface ConnectOptions extends ClientOptions {
  /** Speaks TLS with these; without, the connection is in clear text. */
  readonly tls?: GrpcTlsOptions;
  /**
   * Gets the streams, in place of gRPC to the target. A function is given the target, or the address a server sends the
   * client to (rule DR-2); a single dialer is used for all of them.
   */
  readonly dialer?: TransportDialer | ((target: string) => TransportDialer);
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Spreads reconnects. Default: the machine's. */
  readonly random?: RandomSource;
  /** Default: warnings on the console. A pino logger fits. */
  readonly log?: ClientLog;
}

/**
 * Connects to a server and resolves when it has said Welcome (rules HS). From then on the client comes back by itself
 * whenever the connection is lost, and resumes all its sessions (rules RS).
 *
 * Rejects with RoomlineError `unavailable` when there is no server within `connectTimeoutMs`, `connection-closed` when
 * the server turns the client away (the message names the close reason, `cause` is it), or `invalid-config`.
 *
 * @param target `host:port`
 */
export async function connect(target: string, options: ConnectOptions = {}): Promise<Client> {
  const { dialer, tls, clock = createSystemClock(), random = systemRandom } = options;
  if (dialer === undefined && /^\w+:\/\//.test(target)) {
    const message = `connect() takes HOST:PORT, such as localhost:50051, not "${target}".`;
    throw new RoomlineError("invalid-config", message);
  }
  const create = (address: string): TransportDialer => {
    if (typeof dialer === "function") return dialer(address);
    return (
      dialer ?? createGrpcDialer({ target: address, clock, ...(tls !== undefined && { tls }) })
    );
  };
  const home = create(target);
  const config = resolveClientConfig(options, {
    clock,
    random,
    log: options.log ?? consoleLog,
    dialerFor: (address) => (address === undefined ? home : create(address)),
  });
  const { client, ready } = startClient(config);
  await ready;
  return client;
}
