import type { Placed } from "./field.ts";

/** A direction to steer in: a vector of length 1, or 0 to stand still. */
export interface Direction {
  readonly dx: number;
  readonly dy: number;
}

/** The whole wit of a bot, and the part to replace with your own: go to the nearest coin. */
export function steerToNearest(ship: Placed, coins: Iterable<Placed>): Direction {
  const coin = nearest(ship, coins);
  return coin === undefined ? { dx: 0, dy: 0 } : directionTo(ship, coin);
}

/** The thing closest to the ship; undefined when there is none. */
export function nearest<Thing extends Placed>(
  ship: Placed,
  things: Iterable<Thing>,
): Thing | undefined {
  let best: Thing | undefined;
  let bestDistance = Infinity;
  for (const thing of things) {
    const distance = Math.hypot(thing.x - ship.x, thing.y - ship.y);
    if (distance >= bestDistance) continue;
    best = thing;
    bestDistance = distance;
  }
  return best;
}

/** Straight at it. */
export function directionTo(ship: Placed, place: Placed): Direction {
  const distance = Math.hypot(place.x - ship.x, place.y - ship.y);
  if (distance === 0) return { dx: 0, dy: 0 };
  return { dx: (place.x - ship.x) / distance, dy: (place.y - ship.y) / distance };
}
