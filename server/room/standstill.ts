/** How a room comes to stand still, whether it does, and what has to wait until it goes on. */
export class Standstill {
  #waiting: (() => void)[] | undefined;
  #holdsInputs = false;
  #onSettled: (() => void) | undefined;
  #isDisturbed = false;
  #isHurried = false;

  /** Nothing of the room is called, or shown. */
  get isOn(): boolean {
    return this.#waiting !== undefined;
  }

  /** Inputs wait: the room stands still, or is about to. */
  get holdsInputs(): boolean {
    return this.#holdsInputs;
  }

  /** Whether there would have been a turn of it, if it did not stand still. */
  get isDisturbed(): boolean {
    return this.#isDisturbed;
  }

  /** Somebody waits until nothing of the room is under way. */
  get isAwaited(): boolean {
    return this.#onSettled !== undefined;
  }

  /** Whoever waits does not wait any more for code that goes on. */
  get isHurried(): boolean {
    return this.#isHurried;
  }

  /** Inputs wait from now on. Calls back when {@link settled} is told so. */
  settle(onSettled: () => void): void {
    this.#holdsInputs = true;
    this.#isHurried = false;
    this.#onSettled = onSettled;
  }

  hurry(): void {
    this.#isHurried = true;
  }

  /** Nothing of the room is under way. */
  settled(): void {
    const onSettled = this.#onSettled;
    this.#onSettled = undefined;
    onSettled?.();
  }

  /** There is a turn to be made up for. */
  disturb(): void {
    this.#isDisturbed = true;
  }

  begin(): void {
    this.#isDisturbed = false;
    this.#holdsInputs = true;
    this.#onSettled = undefined;
    this.#waiting ??= [];
  }

  /** Does it now or, while the room stands still, when it goes on here: if it goes on elsewhere, never. */
  do(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push(act);
  }

  /** The room goes on: what has waited is done, in order. */
  end(): void {
    this.#holdsInputs = false;
    this.#onSettled = undefined;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) this.do(act);
  }

  /** The room does not go on here. */
  drop(): void {
    this.#waiting = undefined;
  }
}
