import type { Clock, Timer } from "../../shared/clock.ts";
import type { Counters } from "./counters.ts";
import type { Log } from "./log.ts";
import type { Levels, MetricsSource } from "./metrics.ts";

/** What a report line says, for the time since the last one. */
export interface Report {
  readonly connections: number;
  readonly sessions: number;
  readonly rooms: number;
  readonly messagesInPerSecond: number;
  readonly messagesOutPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly errors: number;
}

/** The report over `seconds`, from the counters before and now. */
function makeReport(
  before: Readonly<Counters>,
  now: Readonly<Counters>,
  at: { readonly levels: Levels; readonly seconds: number },
): Report {
  const perSecond = (field: keyof Counters) =>
    Math.round((now[field] - before[field]) / at.seconds);
  const { connections, rooms, sessions } = at.levels;
  return {
    connections,
    rooms,
    sessions: [...sessions.values()].reduce((sum, count) => sum + count, 0),
    messagesInPerSecond: perSecond("messagesIn"),
    messagesOutPerSecond: perSecond("messagesOut"),
    bytesInPerSecond: perSecond("bytesIn"),
    bytesOutPerSecond: perSecond("bytesOut"),
    errors: now.handlerErrors - before.handlerErrors,
  };
}

/** Writes a report line every `intervalMs`; 0 for never. Returns what stops it. */
export function startReporting(parts: {
  readonly source: MetricsSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
}): { stop(): void } {
  const { source, clock, log, intervalMs } = parts;
  let timer: Timer | undefined;
  let before = { ...source.counters };
  const next = () => {
    timer = clock.setTimer(() => {
      const report = makeReport(before, source.counters, {
        levels: source.levels(),
        seconds: intervalMs / 1000,
      });
      before = { ...source.counters };
      log.info(report, "report");
      next();
    }, intervalMs);
  };
  if (intervalMs > 0 && intervalMs !== Infinity) next();
  return { stop: () => timer?.cancel() };
}
