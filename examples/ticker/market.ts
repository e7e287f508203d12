/** The market: prices that wander and trades at these prices. Plain functions, no room. Prices are in cents. */

/** What is traded, and what it costs when the market opens. */
export const listings: readonly (readonly [symbol: string, openCents: number])[] = [
  ["AURA", 184_20],
  ["BOLT", 62_75],
  ["CEDR", 31_10],
  ["DUNE", 12_44],
  ["ECHO", 98_05],
  ["FLUX", 245_60],
  ["GALE", 7_32],
  ["HALO", 410_00],
  ["IRIS", 55_90],
  ["JADE", 133_37],
  ["KITE", 19_99],
  ["LUMA", 76_48],
];

/** How far a price moves in a step, as a share of itself: the standard deviation. */
const stepShare = 0.000_15;
/** How strongly a price is drawn back to where it opened, so that a demo that runs for days keeps its scale. */
const pull = 0.000_01;
const unitsMax = 500;

/** Numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** A sale that has happened. */
export interface Sale {
  readonly symbol: string;
  readonly units: number;
  readonly bought: boolean;
}

/** A step of the random walk: the price after `exactCents`, before it is rounded to what can be paid. */
export function wandered(exactCents: number, openCents: number, random: Random): number {
  const drift = pull * (openCents - exactCents);
  return Math.max(1, exactCents * (1 + stepShare * bell(random)) + drift);
}

/** A sale, or none: `perStep` of them come with a step on average, at most one. */
export function saleIn(perStep: number, random: Random): Sale | undefined {
  if (random() >= perStep) return undefined;
  const [symbol = ""] = listings[Math.floor(random() * listings.length)] ?? [];
  // Most are small.
  const units = 1 + Math.floor(random() ** 3 * unitsMax);
  return { symbol, units, bought: random() < 0.5 };
}

/** Roughly a normal distribution with deviation 1: the sum of a few even ones. */
function bell(random: Random): number {
  return (random() + random() + random() - 1.5) * 2;
}
