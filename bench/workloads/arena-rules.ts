/** What a player has in an arena. Every system keeps it in its own way, under these names. */
export interface Ship {
  x: number;
  y: number;
  hp: number;
  score: number;
  seq: number;
}

/** What a player sends, and the server keeps until the next one. */
export interface Steering {
  readonly dx: number;
  readonly dy: number;
  readonly seq: number;
}

const fieldSize = 1_000;
const speed = 200;

/** A new ship, somewhere on the field. */
export function newShip(index: number): Ship {
  return { x: (index * 37) % fieldSize, y: (index * 91) % fieldSize, hp: 100, score: 0, seq: 0 };
}

/** The input a player sends as its `seq`th: round in circles. */
export function steeringOf(seq: number): Steering {
  const angle = seq / 20;
  return { dx: Math.cos(angle), dy: Math.sin(angle), seq };
}

/** One step of one ship, the same in every system: it moves, and now and then scores. */
export function stepShip(ship: Ship, steering: Steering, deltaMs: number): void {
  ship.x = (ship.x + (steering.dx * speed * deltaMs) / 1_000 + fieldSize) % fieldSize;
  ship.y = (ship.y + (steering.dy * speed * deltaMs) / 1_000 + fieldSize) % fieldSize;
  if (ship.seq === steering.seq) return;
  ship.seq = steering.seq;
  if (steering.seq % 32 === 0) ship.score++;
}

/** The steering of a player that has not sent any. */
export const adrift: Steering = { dx: 1, dy: 0, seq: 0 };
