import type { Clock } from "../../shared/clock.ts";

/**
 * What has to be done at the end of this turn of the event loop: first the rooms in which something happened run, then
 * the connections that owe something are flushed. Each once, however often it was asked for.
 */
export class TurnQueue<R extends { runTurn(): void }, C extends { flush(): void }> {
  readonly #clock: Clock;
  #rooms = new Set<R>();
  #connections = new Set<C>();
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for `room.runTurn()`. */
  requestTurn(room: R): void {
    this.#rooms.add(room);
    this.#arm();
  }

  /** Asks for `connection.flush()`. */
  requestFlush(connection: C): void {
    this.#connections.add(connection);
    this.#arm();
  }

  /** Does it now. Rooms that ask again while they run are left for the next turn, so nobody can hold up the flush. */
  run(): void {
    const rooms = this.#rooms;
    if (rooms.size > 0) {
      this.#rooms = new Set();
      for (const room of rooms) room.runTurn();
    }
    const connections = this.#connections;
    if (connections.size > 0) {
      this.#connections = new Set();
      for (const connection of connections) connection.flush();
    }
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#clock.defer(() => {
      this.#armed = false;
      this.run();
      if (this.#rooms.size > 0 || this.#connections.size > 0) this.#arm();
    });
  }
}
