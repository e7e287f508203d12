/** What a chart draws: one array of times (seconds since the Unix epoch) and one of prices (whole units, not cents). */
export type Columns = [seconds: number[], prices: number[]];

/** Remembers how a price went, for a while. */
export interface PriceHistory {
  add(timeMs: number, cents: number): void;
  /** The last `windowMs` before this time, the oldest first. */
  columns(nowMs: number): Columns;
}

/** At 50 updates a second this is more than a minute; what is over is dropped in one go, now and then. */
const pointsMax = 4_096;

/** Makes an empty history that reaches back `windowMs`. */
export function createPriceHistory(windowMs: number): PriceHistory {
  const seconds: number[] = [];
  const prices: number[] = [];
  return {
    add(timeMs, cents) {
      if (seconds.length === pointsMax) {
        seconds.splice(0, pointsMax / 4);
        prices.splice(0, pointsMax / 4);
      }
      seconds.push(timeMs / 1_000);
      prices.push(cents / 100);
    },
    columns(nowMs) {
      const fromSeconds = (nowMs - windowMs) / 1_000;
      const index = seconds.findIndex((at) => at >= fromSeconds);
      // One more than that, so that the line begins at the edge.
      const from = index === -1 ? seconds.length : Math.max(0, index - 1);
      return [seconds.slice(from), prices.slice(from)];
    },
  };
}
