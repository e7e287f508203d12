import type { Timer } from "../../../shared/clock.ts";
import type { Refusal, SeatDesk, SeatError } from "../../feed/inbox.ts";

/** Errors kept of a seat that nobody has (rule IN-6). */
const errorsMax = 64;

/** The desk of a seat whose player is at no node: keeps what is to be told again, until another node adopts it. */
export class ParkedSeat implements SeatDesk {
  acked = 0;
  readonly #errors: SeatError[];
  readonly #expiry: Timer;

  /** `expiry` ends the seat when nobody comes. */
  constructor(errors: readonly SeatError[], expiry: Timer) {
    this.#errors = errors.slice(-errorsMax);
    this.#expiry = expiry;
  }

  error(refusal: Refusal, inputSeq: number): void {
    if (inputSeq === 0) return;
    this.#errors.push({ inputSeq, refusal });
    if (this.#errors.length > errorsMax) this.#errors.shift();
  }

  replaced(by: SeatDesk): void {
    this.#expiry.cancel();
    for (const { refusal, inputSeq } of this.#errors) by.error(refusal, inputSeq);
  }

  ended(): void {
    this.#expiry.cancel();
  }

  // Requests are asked again, and the feed is read from where the player stands by then.
  reply(): void {}
  onAdvance(): void {}
  seated(): void {}
  refused(): void {}
}
