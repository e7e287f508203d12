import type { Direction } from "../bot-brain.ts";

const steps: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  KeyW: [0, -1],
  ArrowUp: [0, -1],
  KeyS: [0, 1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};

/** Whether a key steers; by its place on the keyboard (`KeyboardEvent.code`), so that WASD is a cross everywhere. */
export function isSteeringKey(code: string): boolean {
  return Object.hasOwn(steps, code);
}

/** Where the keys that are down steer to: length 1, or 0 for none or for opposite ones. */
export function directionOfKeys(codes: Iterable<string>): Direction {
  let [x, y] = [0, 0];
  for (const code of codes) {
    const [dx, dy] = steps[code] ?? [0, 0];
    x += dx;
    y += dy;
  }
  // Both W and up are down: still one step.
  [x, y] = [Math.sign(x), Math.sign(y)];
  const length = Math.hypot(x, y);
  return length === 0 ? { dx: 0, dy: 0 } : { dx: x / length, dy: y / length };
}
