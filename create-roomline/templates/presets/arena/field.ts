/** The field and how one moves on it, for both ends: what the page foretells is what the room does. */
export const fieldSize = 1_000;
/** Steps in a second. */
export const stepsHz = 30;
export const coinsCount = 20;

const unitsPerStep = 10;
const reach = 34;

/** A place on the field, in units. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where to: at most 1 long. */
export interface Direction {
  readonly dx: number;
  readonly dy: number;
}

/** The place after one step. The field ends at its walls. */
export function moved({ x, y }: Place, { dx, dy }: Direction): Place {
  const step = unitsPerStep / Math.max(1, Math.hypot(dx, dy));
  return { x: onField(x + dx * step), y: onField(y + dy * step) };
}

/** Whether a ship is close enough to collect. */
export function touches(ship: Place, coin: Place): boolean {
  return Math.hypot(ship.x - coin.x, ship.y - coin.y) < reach;
}

/** Straight from one place to another. */
export function towards(from: Place, to: Place): Direction {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  if (distance < unitsPerStep) return { dx: 0, dy: 0 };
  return { dx: (to.x - from.x) / distance, dy: (to.y - from.y) / distance };
}

/** Of a tenth, so that it is short on the wire and the same at both ends. */
function onField(value: number): number {
  return Math.round(Math.min(fieldSize, Math.max(0, value)) * 10) / 10;
}
