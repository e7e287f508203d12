import { monitorEventLoopDelay } from "node:perf_hooks";

/** The process over the time since the last reading. */
interface ProcessReading {
  /** Share of one core, 0 to the number of cores. */
  readonly cpu: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** How late timers were, in milliseconds. */
  readonly loopDelayP50Ms: number;
  readonly loopDelayP99Ms: number;
}

/** Measures the process. Costs something while it runs, so it runs only while somebody looks. */
export interface ProcessMeter {
  /** What happened since the last reading, which was `sinceMs` ago. */
  read(sinceMs: number): ProcessReading;
  stop(): void;
}

/** How often the event loop is asked how late it is. What is measured is the pause between two questions. */
const resolutionMs = 10;

/** Starts a {@link ProcessMeter}. */
export function startProcessMeter(): ProcessMeter {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let cpuBefore = process.cpuUsage();
  const lateMs = (percentile: number) =>
    delays.count === 0 ? 0 : Math.max(0, delays.percentile(percentile) / 1e6 - resolutionMs);
  return {
    read(sinceMs) {
      const { user, system } = process.cpuUsage(cpuBefore);
      cpuBefore = process.cpuUsage();
      const { rss, heapUsed } = process.memoryUsage();
      const reading: ProcessReading = {
        cpu: sinceMs > 0 ? (user + system) / 1_000 / sinceMs : 0,
        rssBytes: rss,
        heapBytes: heapUsed,
        loopDelayP50Ms: lateMs(50),
        loopDelayP99Ms: lateMs(99),
      };
      delays.reset();
      return reading;
    },
    stop: () => void delays.disable(),
  };
}
