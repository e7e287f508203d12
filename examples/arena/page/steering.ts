import type { Direction } from "../bot-brain.ts";
import type { Placed } from "../field.ts";
import { directionOfKeys, isSteeringKey } from "./keys.ts";

/** Closer to the ship than this, in pixels, a finger means: stay. */
const restPx = 14;

/** What the player's hands say. */
export interface Steering {
  /** Where to fly, for a ship that is drawn at this place of the canvas. Keys win over the pointer. */
  direction(shipAt: Placed): Direction;
}

/** Listens to keys in the window, and to mouse and touch on the canvas: the ship flies to where it is pressed. */
export function listenToHands(canvas: HTMLCanvasElement, onFirst: () => void): Steering {
  const keys = new Set<string>();
  let pressedAt: Placed | undefined;
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !isSteeringKey(event.code)) return;
    event.preventDefault();
    keys.add(event.code);
    onFirst();
  });
  window.addEventListener("keyup", ({ code }) => keys.delete(code));
  // Keys that are let go elsewhere are not heard of here.
  window.addEventListener("blur", () => keys.clear());
  const follow = ({ offsetX: x, offsetY: y }: PointerEvent): void => {
    pressedAt = { x, y };
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
    onFirst();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pressedAt !== undefined) follow(event);
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(end, () => (pressedAt = undefined));
  return {
    direction(shipAt) {
      const byKeys = directionOfKeys(keys);
      if (pressedAt === undefined || byKeys.dx !== 0 || byKeys.dy !== 0) return byKeys;
      const [x, y] = [pressedAt.x - shipAt.x, pressedAt.y - shipAt.y];
      const length = Math.hypot(x, y);
      return length < restPx ? { dx: 0, dy: 0 } : { dx: x / length, dy: y / length };
    },
  };
}
