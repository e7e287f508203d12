import type { Clock } from "../../shared/clock.ts";
import { IntrusiveQueue, type Queueable } from "./intrusive-queue.ts";

/** Something that runs at the end of a turn in which something happened to it: a room. */
export interface TurnTaker extends Queueable<TurnTaker> {
  runTurn(): void;
}

/** Something that is flushed at the end of a turn: a connection's outbox. */
export interface Flushable extends Queueable<Flushable> {
  flush(): void;
}

/**
 * What has to be done at the end of this turn of the event loop: first the rooms run, then the outboxes are flushed. Each
 * once, however often it was asked for.
 */
export class TurnQueue {
  readonly #clock: Clock;
  readonly #takers = new IntrusiveQueue<TurnTaker>();
  readonly #flushables = new IntrusiveQueue<Flushable>();
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for `taker.runTurn()`. */
  requestTurn(taker: TurnTaker): void {
    this.#takers.push(taker);
    if (!this.#armed) this.#arm();
  }

  /** Asks for `flushable.flush()`. */
  requestFlush(flushable: Flushable): void {
    this.#flushables.push(flushable);
    if (!this.#armed) this.#arm();
  }

  /** Does it now. Takers that ask again while they run are left for the next turn, so nobody can hold up the flush. */
  run(): void {
    for (let rest = this.#takers.length; rest > 0; rest--) this.#takers.shift()?.runTurn();
    for (let rest = this.#flushables.length; rest > 0; rest--) this.#flushables.shift()?.flush();
  }

  #arm(): void {
    this.#armed = true;
    this.#clock.defer(() => {
      this.#armed = false;
      this.run();
      if (this.#takers.length > 0 || this.#flushables.length > 0) this.#arm();
    });
  }
}
