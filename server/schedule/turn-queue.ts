import type { Clock } from "../../shared/clock.ts";
import { Line, type InLine } from "./line.ts";

/** A room that may have to run at the end of a turn. */
export interface TurnTaker<R> extends InLine<R> {
  runTurn(): void;
}

/** A connection that may owe something at the end of a turn. */
export interface Flushable<C> extends InLine<C> {
  flush(): void;
}

/**
 * What has to be done at the end of this turn of the event loop: first the rooms in which something happened run, then
 * the connections that owe something are flushed. Each once, however often it was asked for.
 */
export class TurnQueue<R extends TurnTaker<R>, C extends Flushable<C>> {
  readonly #clock: Clock;
  readonly #rooms = new Line<R>();
  readonly #connections = new Line<C>();
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for `room.runTurn()`. */
  requestTurn(room: R): void {
    this.#rooms.join(room);
    if (!this.#armed) this.#arm();
  }

  /** Asks for `connection.flush()`. */
  requestFlush(connection: C): void {
    this.#connections.join(connection);
    if (!this.#armed) this.#arm();
  }

  /** Does it now. Rooms that ask again while they run are left for the next turn, so nobody can hold up the flush. */
  run(): void {
    for (let rest = this.#rooms.length; rest > 0; rest--) this.#rooms.shift()?.runTurn();
    for (let rest = this.#connections.length; rest > 0; rest--) this.#connections.shift()?.flush();
  }

  #arm(): void {
    this.#armed = true;
    this.#clock.defer(() => {
      this.#armed = false;
      this.run();
      if (this.#rooms.length > 0 || this.#connections.length > 0) this.#arm();
    });
  }
}
