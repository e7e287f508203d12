/** Latencies of one window, kept one by one: only a few players look. */
export class Latencies {
  #samples: number[] = [];

  /** Takes a latency in milliseconds. */
  add(ms: number): void {
    this.#samples.push(ms);
  }

  /** Begins anew. */
  clear(): void {
    this.#samples = [];
  }

  get count(): number {
    return this.#samples.length;
  }

  /** The latency that `share` of all do not exceed; NaN without any. */
  quantile(share: number): number {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  }
}
