import { createSystemClock, type Clock } from "../shared/clock.ts";
import { RoomlineError } from "../shared/errors.ts";
import { systemIds } from "../shared/ids.ts";
import type { NamesOf } from "../shared/known-names.ts";
import type { EmulatedNetwork } from "../shared/network/emulated-network.ts";
import { systemRandom, type RandomSource } from "../shared/random.ts";
import type { TransportDialer } from "../shared/transport/transport.ts";
import { containLog, containPromise, createReport } from "./containment.ts";
import { startClient, type StartedClient } from "./lifecycle/client-shell.ts";
import { clientOptionNames, resolveClientConfig, type ClientOptions } from "./lifecycle/config.ts";
import { consoleLog, type ClientLog } from "./log.ts";
import { claimAnything, type Claim } from "./persist/claim.ts";
import { openKeeper } from "./persist/keeper.ts";
import type { PersistStorage } from "./persist/persist-storage.ts";
import type { Surroundings } from "./lifecycle/surroundings.ts";

/** Options of `connect` that are the same wherever a client runs. */
export interface CommonConnectOptions extends ClientOptions {
  /**
   * Gets the streams, in place of the transport to the target. A function is given the target, or the address a server
   * sends the client to (rule DR-2); a single dialer is used for all of them.
   */
  readonly dialer?: TransportDialer | ((target: string) => TransportDialer);
  /**
   * For development and tests: a bad network before the way to the server, made by `emulateNetwork("train")` and the like. Default:
   * none, at no cost.
   */
  readonly network?: EmulatedNetwork;
  /**
   * Takes the connect back: `connect` rejects with the signal's reason. Aborted later, it closes the client. For the clean-up of
   * a page or a component, which may come before `connect` has resolved.
   */
  readonly signal?: AbortSignal;
  /**
   * Keeps the client over a reload of the page: its resume token, and how far its sessions have come. The page that comes after
   * this one is the same client; its `join` gives it the seats back, with what has happened since, and the tables as they are.
   * For `sessionStorage`, or an object like it that answers at once. A tab that was duplicated becomes a client of its own.
   * Default: nothing is kept.
   */
  readonly persist?: PersistStorage | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Spreads reconnects. Default: the machine's. */
  readonly random?: RandomSource;
  /** Default: warnings on the console. A pino logger fits. */
  readonly log?: ClientLog;
}

/** The names of {@link CommonConnectOptions}. */
export const commonOptionNames: NamesOf<CommonConnectOptions> = {
  ...clientOptionNames,
  dialer: true,
  network: true,
  signal: true,
  persist: true,
  clock: true,
  random: true,
  log: true,
};

/** Gets the streams to an address: the target, or one that a server named. */
export type DialTo = (address: string, clock: Clock) => TransportDialer;

/** What is not the same wherever a client runs. */
export interface ConnectPlatform {
  readonly dialTo: DialTo;
  /** Default: nothing around it changes. */
  readonly surroundings?: (clock: Clock) => Surroundings;
  readonly pauseWhenHidden?: boolean;
  /** Sees to it that what is kept over a reload is one page's alone. Default: nobody else could have it. */
  readonly claim?: (clock: Clock) => Claim;
}

/** Starts a client on a platform. The options' dialer, if any, goes before that of the platform. */
export async function connectOver(
  platform: ConnectPlatform,
  target: string,
  options: CommonConnectOptions,
): Promise<StartedClient> {
  const { dialer, network, signal, persist } = options;
  const { clock = createSystemClock(), random = systemRandom } = options;
  signal?.throwIfAborted();
  checkNetwork(network);
  const log = containLog(options.log ?? consoleLog);
  const report = createReport(options.onError, log);
  const reach = (address: string): TransportDialer => {
    if (typeof dialer !== "function") return dialer ?? platform.dialTo(address, clock);
    const made = dialer(address);
    // An async function, against its type, makes no dialer, but it may still reject.
    void containPromise(made, report, "dialer");
    return made;
  };
  const create = (address: string): TransportDialer =>
    network === undefined ? reach(address) : network.over(reach(address));
  const home = create(target);
  const config = resolveClientConfig(options, {
    clock,
    random,
    log,
    report,
    surroundings: platform.surroundings?.(clock),
    pauseWhenHidden: platform.pauseWhenHidden ?? false,
    dialerFor: (address) => (address === undefined ? home : create(address)),
  });
  const keeper =
    persist &&
    (await openKeeper({
      ...{ storage: persist, target, clientId: config.clientId, ids: systemIds, log, report },
      claim: platform.claim?.(clock) ?? claimAnything,
    }));
  if (signal?.aborted === true) keeper?.end(false);
  signal?.throwIfAborted();
  const started = startClient(config, keeper);
  return signal === undefined ? started : heedSignal(started, signal);
}

/** @throws RoomlineError `invalid-config` */
function checkNetwork(given: unknown): void {
  const isOne = typeof given === "object" && given !== null && "over" in given;
  if (given === undefined || isOne) return;
  const shown =
    typeof given === "string" ? JSON.stringify(given.slice(0, 64)) : `a ${typeof given}`;
  throw new RoomlineError(
    "invalid-config",
    `connect: network is ${shown}; it has to be what emulateNetwork("train") gives.`,
  );
}

function heedSignal({ client, ready }: StartedClient, signal: AbortSignal): StartedClient {
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      // Why it was taken back is the user's to say, be it an error or not.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
      void client.close();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    client.onStateChange((state) => {
      if (state === "closed") signal.removeEventListener("abort", onAbort);
    });
  });
  // Whoever waits hears of it by `ready`; later there is nobody.
  aborted.catch(() => undefined);
  return { client, ready: Promise.race([ready, aborted]) };
}
