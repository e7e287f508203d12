import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { TickObserver } from "../schedule/tick-loop.ts";

/** How the tick loops did since the last reading, in milliseconds. */
interface TickReading {
  readonly steps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Measures how long steps take, for whoever looks: nobody, and a step costs a look at an empty list. */
export interface TickMeter {
  readonly observer: TickObserver;
  /** Begins to measure, until `stop`. */
  start(): { read(): TickReading; stop(): void };
}

/** Creates a {@link TickMeter}. Steps also go to `next`. */
export function createTickMeter(next: TickObserver): TickMeter {
  const open = new Set<RecordableHistogram>();
  return {
    observer: {
      onStep(durationMs, tickers) {
        next.onStep(durationMs, tickers);
        // Histograms hold whole numbers from 1: microseconds.
        for (const steps of open) steps.record(Math.max(1, Math.round(durationMs * 1_000)));
      },
      onDropped: (steps, tickers) => next.onDropped(steps, tickers),
    },
    start() {
      const steps = createHistogram();
      open.add(steps);
      return {
        read() {
          const reading = readingOf(steps);
          steps.reset();
          return reading;
        },
        stop: () => void open.delete(steps),
      };
    },
  };
}

function readingOf(steps: RecordableHistogram): TickReading {
  if (steps.count === 0) return { steps: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  return {
    steps: steps.count,
    p50Ms: steps.percentile(50) / 1_000,
    p99Ms: steps.percentile(99) / 1_000,
    maxMs: steps.max / 1_000,
  };
}
