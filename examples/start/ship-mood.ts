import { nearest } from "../arena/bot-brain.ts";
import type { Placed } from "../arena/field.ts";

/** How often a ship fancies a coin that is not the nearest. */
const whim = 0.3;

/**
 * Picks coins for one ship, and stays with one until it is gone. Ships that all took the nearest would soon fly as one
 * flock, in which the first gets everything.
 */
export function createShipMood(random: () => number): {
  goal(ship: Placed, coins: Iterable<Placed>): Placed | undefined;
} {
  let goal: Placed | undefined;
  return {
    goal(ship, coins) {
      const all = [...coins];
      const { x, y } = goal ?? { x: -1, y: -1 };
      if (all.some((coin) => coin.x === x && coin.y === y)) return goal;
      const chosen = random() < whim ? all[Math.floor(random() * all.length)] : nearest(ship, all);
      // Coins move when they are collected, so a copy remembers where this one was.
      goal = chosen && { x: chosen.x, y: chosen.y };
      return goal;
    },
  };
}
