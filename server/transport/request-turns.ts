import type { Clock } from "../../shared/clock.ts";

/** Requests that begin in one turn of the event loop: half a millisecond or one. */
const perTurnMax = 2;

/**
 * Lets requests begin, a few in each turn of the event loop whoever they come from: a crowd of them takes its time, and what
 * players send is read between them. With few requests each begins at once.
 */
export class RequestTurns {
  readonly #clock: Pick<Clock, "defer">;
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isTurnAhead = false;

  constructor(clock: Pick<Clock, "defer">) {
    this.#clock = clock;
  }

  /** Calls `begin` now or in a later turn; those that came before go before. It must not throw. */
  add(begin: () => void): void {
    if (this.#begun >= perTurnMax || this.#waiting.length > 0) this.#waiting.push(begin);
    else {
      this.#begun++;
      begin();
    }
    this.#expectTurn();
  }

  #expectTurn(): void {
    if (this.#isTurnAhead) return;
    this.#isTurnAhead = true;
    this.#clock.defer(() => this.#turn());
  }

  #turn(): void {
    this.#isTurnAhead = false;
    const now = this.#waiting.splice(0, perTurnMax);
    this.#begun = now.length;
    if (now.length > 0) this.#expectTurn();
    for (const begin of now) begin();
  }
}
