import { defaultBackoff, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isName } from "../../shared/ids.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import type { RandomSource } from "../../shared/random.ts";
import { tokenFault } from "../../shared/token.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import type { LifecyclePolicy } from "./lifecycle.ts";
import type { Report } from "../containment.ts";
import { clientLimits } from "../limits.ts";
import type { ClientLog } from "../log.ts";
import type { TokenOption, TokenQuery } from "./token-source.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a client needs whatever it runs on; all optional but what the composition root fills in. */
export interface ClientOptions {
  /**
   * The name the client gives itself, where nobody authenticates (rule HS-4). 1 to 128 characters. Default: the server gives it
   * a random one, which `client.clientId` is from then on.
   */
  readonly clientId?: string;
  /**
   * A bearer token, or what gets one: asked at every try to connect, and before the token is over, so that the connection goes
   * on (rules HS-3, HS-8). With a token that cannot be got anew, the client ends when it is over (`token-expired`).
   */
  readonly token?: TokenOption;
  /**
   * How long to try for a first connection, in milliseconds; Infinity sets no bound, so that clients may start before
   * their server. Default 10,000.
   */
  readonly connectTimeoutMs?: number;
  /** Waits between tries. Default 100 ms, doubling to 10 s, with jitter. */
  readonly backoff?: Partial<BackoffConfig>;
  /** Whether to come back when a connection that stood is lost. Default true. */
  readonly reconnect?: boolean;
  /**
   * How often to measure the round trip, in milliseconds, 100 or more. Default: the server's heartbeat interval (20 s). For
   * who shows `rttMs`; keeping the connection needs no more than the default.
   */
  readonly pingIntervalMs?: number;
  /**
   * Hears of what callbacks, `token` and a dialer throw or reject with, and of errors nobody else is told of. Default: a
   * warning in the log.
   */
  readonly onError?: (error: unknown, where: string) => void;
}

/** The names of {@link ClientOptions}. */
export const clientOptionNames: NamesOf<ClientOptions> = {
  clientId: true,
  token: true,
  connectTimeoutMs: true,
  backoff: true,
  reconnect: true,
  pingIntervalMs: true,
  onError: true,
};

/** What the composition root provides. */
interface ClientPlatform {
  /** A dialer to an address the server named; undefined for the one the client was made for. */
  readonly dialerFor: (address: string | undefined) => TransportDialer;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Contained, as `report` is. */
  readonly log: ClientLog;
  readonly report: Report;
  /** What is around the client; undefined where that does not change. */
  readonly surroundings: Surroundings | undefined;
  /** Whether sessions are paused while the page is hidden. */
  readonly pauseWhenHidden: boolean;
}

/** All of it, checked and complete. */
export interface ClientConfig extends ClientPlatform {
  readonly clientId: string;
  readonly token: (query: TokenQuery) => string | Promise<string>;
  readonly policy: LifecyclePolicy;
  /** Undefined: the server's heartbeat interval. */
  readonly pingIntervalMs: number | undefined;
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws RoomlineError `invalid-config`
 */
export function resolveClientConfig(
  options: ClientOptions,
  platform: ClientPlatform,
): ClientConfig {
  const { clientId = "", token = "", connectTimeoutMs = 10_000, reconnect = true } = options;
  if (typeof clientId !== "string" || (clientId !== "" && !isName(clientId)))
    throw invalid(`clientId has to be a text of 1 to 128 characters without control characters.`);
  const fault = typeof token === "string" ? tokenFault(token) : undefined;
  if (fault !== undefined) throw invalid(fault);
  if (!(connectTimeoutMs >= 0)) throw invalid(`connectTimeoutMs cannot be ${connectTimeoutMs}.`);
  const { pingIntervalMs } = options;
  if (pingIntervalMs !== undefined && !(pingIntervalMs >= 100 && pingIntervalMs < Infinity))
    throw invalid(`pingIntervalMs cannot be ${pingIntervalMs}: it takes 100 or more.`);
  return {
    ...platform,
    clientId,
    pingIntervalMs,
    token: typeof token === "string" ? () => token : token,
    policy: {
      renewsToken: typeof token !== "string",
      connectTimeoutMs,
      reconnect,
      backoff: resolveBackoff(options.backoff ?? {}),
      welcomeTimeoutMs: clientLimits.welcomeTimeoutMs,
      settledAfterMs: clientLimits.settledAfterMs,
      staleDialMs: clientLimits.staleDialMs,
      lookIntervalMs: clientLimits.lookIntervalMs,
      lookIntervalMsMax: clientLimits.lookIntervalMsMax,
      restartRetryMs: clientLimits.restartRetryMs,
      restartMs: clientLimits.restartMs,
      closeTimeoutMs: clientLimits.closeTimeoutMs,
    },
  };
}

/** Checks backoff options. @throws RoomlineError `invalid-config` */
export function resolveBackoff(options: Partial<BackoffConfig>): BackoffConfig {
  checkNames("backoff", options, defaultBackoff);
  const backoff = { ...defaultBackoff, ...options };
  const { initialMs, maxMs, factor } = backoff;
  if (!(initialMs > 0) || !(maxMs >= initialMs) || !(factor >= 1))
    throw invalid("backoff needs initialMs above 0, maxMs of at least that, and factor from 1.");
  return backoff;
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", message);
}
