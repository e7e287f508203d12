import type { Limits } from "../../shared/limits.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import { networkOf } from "../../shared/transport/network-of.ts";
import type { Connection } from "./connection.ts";

/** All open connections of a server, bounded, and so are those of one address (rule HS-7). */
export class ConnectionPool {
  readonly #bounds: Pick<Limits, "connectionsMax" | "connectionsPerAddressMax">;
  readonly #connections = new Set<Connection>();
  readonly #byNetwork = new Map<string, number>();

  constructor(bounds: Pick<Limits, "connectionsMax" | "connectionsPerAddressMax">) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#connections.size;
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#bounds.connectionsMax;
  }

  /** Whether this address has as many as one may. */
  isFullFor({ address }: PeerInfo): boolean {
    return this.#of(networkOf(address)) >= this.#bounds.connectionsPerAddressMax;
  }

  /** Takes a connection in. Whoever calls has seen that there is room. */
  register(connection: Connection): void {
    this.#connections.add(connection);
    const network = networkOf(connection.meter.address);
    this.#byNetwork.set(network, this.#of(network) + 1);
  }

  unregister(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const network = networkOf(connection.meter.address);
    const left = this.#of(network) - 1;
    if (left > 0) this.#byNetwork.set(network, left);
    else this.#byNetwork.delete(network);
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#connections.values();
  }

  #of(network: string): number {
    return this.#byNetwork.get(network) ?? 0;
  }
}
