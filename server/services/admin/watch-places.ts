import { RoomlineError } from "../../../shared/errors.ts";

/** How many streams of the admin service may be open. */
export class WatchPlaces {
  readonly #max: number;
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @throws RoomlineError `rate-limited` when all are taken */
  take(): void {
    if (this.#taken >= this.#max) {
      throw new RoomlineError(
        "rate-limited",
        `There are as many admin watches as there may be (${this.#max}).`,
      );
    }
    this.#taken++;
  }

  giveBack(): void {
    this.#taken--;
  }
}
