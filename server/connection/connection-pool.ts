import type { Connection } from "./connection.ts";

/** All open connections of a server, bounded (rule HS-7). */
export class ConnectionPool {
  readonly #max: number;
  readonly #connections = new Set<Connection>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#connections.size;
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#max;
  }

  /** Takes a connection in. Whoever calls has seen that there is room. */
  register(connection: Connection): void {
    this.#connections.add(connection);
  }

  unregister(connection: Connection): void {
    this.#connections.delete(connection);
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#connections.values();
  }
}
