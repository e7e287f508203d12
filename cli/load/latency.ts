import { createHistogram } from "node:perf_hooks";

/** Records durations and gives percentiles of them, to three digits. */
export class LatencyRecorder {
  readonly #histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });

  record(milliseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(milliseconds * 1_000)));
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** In milliseconds; null when nothing was recorded. */
  percentile(percent: number): number | null {
    return this.count === 0 ? null : this.#histogram.percentile(percent) / 1_000;
  }
}
