/** Whether a room stands still, and what has to wait until it goes on. */
export class Standstill {
  #waiting: (() => void)[] | undefined;

  get isOn(): boolean {
    return this.#waiting !== undefined;
  }

  begin(): void {
    this.#waiting ??= [];
  }

  /** Does it now or, while the room stands still, when it goes on here: if it goes on elsewhere, never. */
  do(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push(act);
  }

  /** The room goes on: what has waited is done, in order. */
  end(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) this.do(act);
  }

  /** The room does not go on here. */
  drop(): void {
    this.#waiting = undefined;
  }
}
