/** The arena's field and the rules of moving on it: plain functions, no room. Lengths are field units. */
export const fieldSize = 1_000;
export const coinCount = 24;
/** Steps per second. A state of tick n shows the field after n steps. */
export const ticksHz = 30;
const shipSpeed = 220;
const reach = 24;

/** Something with a place on the field. */
export interface Placed {
  x: number;
  y: number;
}

/** The place of a ship after `deltaMs` in a direction; the field ends at its walls. */
export function moved(
  ship: Placed,
  direction: { readonly dx: number; readonly dy: number },
  deltaMs: number,
): Placed {
  const length = Math.hypot(direction.dx, direction.dy);
  if (length === 0) return { x: ship.x, y: ship.y };
  const step = (shipSpeed * deltaMs) / 1_000 / Math.max(1, length);
  return {
    x: clamp(ship.x + direction.dx * step),
    y: clamp(ship.y + direction.dy * step),
  };
}

/** Whether a ship is close enough to collect. */
export function touches(ship: Placed, coin: Placed): boolean {
  return Math.abs(ship.x - coin.x) < reach && Math.abs(ship.y - coin.y) < reach;
}

/** A place anywhere on the field. */
export function somewhere(random: () => number): Placed {
  return { x: Math.round(random() * fieldSize), y: Math.round(random() * fieldSize) };
}

function clamp(value: number): number {
  return Math.min(fieldSize, Math.max(0, value));
}
