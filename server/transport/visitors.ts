import type { Socket } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import type { Limits } from "../../shared/limits.ts";
import { KeyedBuckets } from "../schedule/keyed-buckets.ts";
import { networkOf } from "../../shared/transport/network-of.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

interface VisitorsParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly proxies: TrustedProxies;
}

/**
 * Who is at the port, by address: how many sockets each has, how fast it opens new ones, how often it asks. A trusted proxy
 * opens as many sockets as it likes; whoever asks through it is counted for itself.
 */
export class Visitors {
  readonly #parts: VisitorsParts;
  readonly #sockets = new Map<string, number>();
  readonly #connects: KeyedBuckets;
  readonly #requests: KeyedBuckets;

  constructor(parts: VisitorsParts) {
    const { clock, limits } = parts;
    this.#parts = parts;
    this.#connects = new KeyedBuckets(
      clock,
      { perSecond: limits.connectsPerAddressPerSecond, burst: limits.connectsPerAddressBurst },
      limits.addressesMax,
    );
    this.#requests = new KeyedBuckets(
      clock,
      { perSecond: limits.requestsPerAddressPerSecond, burst: limits.requestsPerAddressBurst },
      limits.addressesMax,
    );
  }

  /** A socket has come. Returns why it may not stay, in a line; undefined: it may. */
  arrive(socket: Socket): string | undefined {
    const { remoteAddress = "unknown" } = socket;
    const { limits, proxies } = this.#parts;
    if (proxies.trusts(remoteAddress)) return undefined;
    const network = networkOf(remoteAddress);
    const sockets = this.#sockets.get(network) ?? 0;
    if (sockets >= limits.connectionsPerAddressMax)
      return `An address holds as many sockets as it may: limits.connectionsPerAddressMax (${limits.connectionsPerAddressMax}). ${ofProxies}`;
    if (!this.#connects.take(network))
      return `An address connects faster than limits.connectsPerAddressPerSecond (${limits.connectsPerAddressPerSecond}). ${ofProxies}`;
    this.#sockets.set(network, sockets + 1);
    socket.once("close", () => this.#leave(network));
    return undefined;
  }

  /** A connection of this address was ended for what it sent: the next ones come the slower. */
  misbehaved(address: string | undefined, how: keyof typeof connectsOf): void {
    if (address === undefined || this.#parts.proxies.trusts(address)) return;
    this.#connects.charge(networkOf(address), connectsOf[how]);
  }

  /** A request has come, of this address. Returns why it is not answered, in a line; undefined: it is. */
  ask(address: string): string | undefined {
    if (this.#requests.take(networkOf(address))) return undefined;
    const { requestsPerAddressPerSecond } = this.#parts.limits;
    return `An address sends more requests than limits.requestsPerAddressPerSecond (${requestsPerAddressPerSecond}). ${ofProxies}`;
  }

  #leave(network: string): void {
    const left = (this.#sockets.get(network) ?? 1) - 1;
    if (left > 0) this.#sockets.set(network, left);
    else this.#sockets.delete(network);
  }
}

/** To begin anew after a connection was ended is to cost as much as so many new sockets. */
const connectsOf = { flood: 250, fault: 25 } as const;

const ofProxies = "If it is a proxy of yours, name it in trustedProxies.";
