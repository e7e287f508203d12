import { createRateMeter } from "../../rate-meter.ts";

/** Tells what the room made from what came here. */
export interface Conflation {
  /** A row came, whose price had moved so often since the room began. Returns how many moves were merged into this one. */
  note(symbol: string, changes: number, nowMs: number): number;
  /** Moves of all prices per second, in the room. */
  madePerSecond(nowMs: number): number;
  /** Rows per second, here. */
  receivedPerSecond(nowMs: number): number;
}

/** Compares the count of moves that a row carries with the rows that came: what is more was merged. */
export function createConflation(): Conflation {
  const newest = new Map<string, number>();
  const [made, received] = [createRateMeter(3_000), createRateMeter(3_000)];
  return {
    note(symbol, changes, nowMs) {
      const before = newest.get(symbol);
      newest.set(symbol, changes);
      // The first row says nothing of what was before; and fewer moves than known are those of another room.
      const merged = before === undefined || changes < before ? 1 : changes - before;
      made.add(merged, nowMs);
      received.add(1, nowMs);
      return merged;
    },
    madePerSecond: (nowMs) => made.perSecond(nowMs),
    receivedPerSecond: (nowMs) => received.perSecond(nowMs),
  };
}
