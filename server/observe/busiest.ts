/** Keeps the `count` items with the greatest score out of many, without sorting them all. */
export class Busiest<T> {
  readonly #count: number;
  #kept: { readonly item: T; readonly score: number }[] = [];
  #least = -Infinity;

  constructor(count: number) {
    this.#count = count;
  }

  add(item: T, score: number): void {
    if (score <= this.#least) return;
    this.#kept.push({ item, score });
    if (this.#kept.length >= 2 * this.#count) this.#trim();
  }

  /** Greatest first; equals in the order they came. */
  take(): T[] {
    this.#trim();
    return this.#kept.map(({ item }) => item);
  }

  #trim(): void {
    this.#kept = this.#kept.sort((a, b) => b.score - a.score).slice(0, this.#count);
    const last = this.#kept[this.#count - 1];
    if (last !== undefined) this.#least = last.score;
  }
}
