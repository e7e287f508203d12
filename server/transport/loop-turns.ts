import type { Clock } from "../../shared/clock.ts";

/**
 * Lets things begin, a few in each turn of the event loop whoever they are for: a crowd of them takes its time, and what players
 * send is read between them. With few each begins at once.
 */
export class LoopTurns {
  readonly #clock: Pick<Clock, "defer">;
  readonly #perTurnMax: number;
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isTurnAhead = false;

  constructor(clock: Pick<Clock, "defer">, perTurnMax: number) {
    this.#clock = clock;
    this.#perTurnMax = perTurnMax;
  }

  /** Calls `begin` now or in a later turn; those that came before go before. It must not throw. */
  add(begin: () => void): void {
    if (this.#begun >= this.#perTurnMax || this.#waiting.length > 0) this.#waiting.push(begin);
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
    const now = this.#waiting.splice(0, this.#perTurnMax);
    this.#begun = now.length;
    if (now.length > 0) this.#expectTurn();
    for (const begin of now) begin();
  }
}
