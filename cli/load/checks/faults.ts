/** Different messages that are kept; more are counted under one name. */
const messagesMax = 50;

/** Things that should not have happened, counted by what they say. */
export class Faults {
  readonly #counts = new Map<string, number>();

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  add(message: string): void {
    const isKept = this.#counts.has(message) || this.#counts.size < messagesMax;
    const key = isKept ? message : "other errors";
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
