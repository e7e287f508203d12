import type { Point, SeriesName } from "./point.ts";

/** How much is kept: whichever bound is reached first. */
interface HistoryConfig {
  readonly pointsMax: number;
  readonly ageMsMax: number;
  /** Points further apart than this are not joined by a line. */
  readonly gapMs: number;
}

/** Names of all lines, once. */
export const seriesNames: readonly SeriesName[] = [
  "connections",
  "sessions",
  "rooms",
  "active",
  "paused",
  "detached",
  "tickP50",
  "tickP99",
  "tickMax",
  "loopP50",
  "loopP99",
  "cpu",
  "rss",
  "heap",
  "lagMax",
  "outbox",
  "messagesIn",
  "messagesOut",
  "bytesIn",
  "bytesOut",
  "overruns",
  "shedMerged",
  "shedEphemeral",
  "shedRate",
  "shedGap",
  "shedClose",
];

/**
 * The last minutes of all charts, in columns that share one time axis. Bounded by count and by age, so that a page may
 * stay open for weeks.
 */
export class History {
  readonly #config: HistoryConfig;
  readonly #times: number[] = [];
  readonly #columns = new Map<SeriesName, (number | null)[]>(seriesNames.map((name) => [name, []]));

  constructor(config: HistoryConfig) {
    this.#config = config;
  }

  /** Seconds since the Unix epoch, rising: the shared axis. The same array for ever. */
  get times(): readonly number[] {
    return this.#times;
  }

  /** The newest moment, in milliseconds since the Unix epoch; 0 when there is none. */
  get newestMs(): number {
    return (this.#times.at(-1) ?? 0) * 1000;
  }

  /** The values of one line, as many as there are times. The same array for ever. */
  column(name: SeriesName): readonly (number | null)[] {
    return this.#columns.get(name) ?? [];
  }

  /** The newest value of a line. */
  last(name: SeriesName): number | null {
    return this.column(name).at(-1) ?? null;
  }

  /** Adds a moment. One that is not newer than the last means that the server's clock was set back: all starts anew. */
  push(timeMs: number, point: Point): void {
    const { gapMs, ageMsMax, pointsMax } = this.#config;
    const newest = this.newestMs;
    if (this.#times.length > 0 && timeMs <= newest) this.clear();
    else if (this.#times.length > 0 && timeMs - newest > gapMs) this.#append(newest + gapMs / 2);
    this.#append(timeMs, point);
    let old = Math.max(0, this.#times.length - pointsMax);
    while ((this.#times[old] ?? Infinity) * 1000 < timeMs - ageMsMax) old++;
    this.#dropFirst(old);
  }

  clear(): void {
    this.#dropFirst(this.#times.length);
  }

  #append(timeMs: number, point?: Point): void {
    this.#times.push(timeMs / 1000);
    for (const [name, column] of this.#columns) column.push(point?.[name] ?? null);
  }

  #dropFirst(count: number): void {
    if (count === 0) return;
    this.#times.splice(0, count);
    for (const column of this.#columns.values()) column.splice(0, count);
  }
}
