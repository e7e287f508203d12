/** A connection, as its pool sees it. */
export interface Pooled {
  readonly id: string;
  /** When anything but a heartbeat last came or went, on the monotonic clock. */
  readonly lastActivityMs: number;
  readonly status: "connecting" | "connected" | "dead";
}

/** All open connections of a server, bounded (rule HS-7). */
export class ConnectionPool<C extends Pooled> {
  readonly #max: number;
  readonly #connections = new Set<C>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#connections.size;
  }

  get max(): number {
    return this.#max;
  }

  /** Takes a connection in; false when the pool is full. */
  register(connection: C): boolean {
    if (this.#connections.size >= this.#max) return false;
    this.#connections.add(connection);
    return true;
  }

  unregister(connection: C): void {
    this.#connections.delete(connection);
  }

  [Symbol.iterator](): IterableIterator<C> {
    return this.#connections.values();
  }
}
