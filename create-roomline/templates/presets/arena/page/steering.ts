import { towards, type Direction, type Place } from "../field.ts";

const steps: Readonly<Record<string, Direction>> = {
  KeyW: { dx: 0, dy: -1 },
  ArrowUp: { dx: 0, dy: -1 },
  KeyS: { dx: 0, dy: 1 },
  ArrowDown: { dx: 0, dy: 1 },
  KeyA: { dx: -1, dy: 0 },
  ArrowLeft: { dx: -1, dy: 0 },
  KeyD: { dx: 1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
};

/** Listens to keys, and to mouse and touch on the canvas, whose places `placeAt` turns into places on the field, until aborted. */
export function listenToHands(
  canvas: HTMLCanvasElement,
  placeAt: (event: PointerEvent) => Place,
  signal: AbortSignal,
): { direction(ship: Place): Direction } {
  const keys = new Set<string>();
  let goal: Place | undefined;
  const press = (event: KeyboardEvent): void => {
    if (!(event.code in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys.add(event.code);
  };
  addEventListener("keydown", press, { signal });
  addEventListener("keyup", ({ code }) => keys.delete(code), { signal });
  addEventListener("blur", () => keys.clear(), { signal });
  const point = (event: PointerEvent): void => {
    if (event.type === "pointerdown") canvas.setPointerCapture(event.pointerId);
    else if (goal === undefined) return;
    goal = placeAt(event);
  };
  for (const move of ["pointerdown", "pointermove"] as const)
    canvas.addEventListener(move, point, { signal });
  for (const end of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(end, () => (goal = undefined), { signal });
  return {
    direction(ship) {
      if (goal !== undefined) return towards(ship, goal);
      let [dx, dy] = [0, 0];
      for (const key of keys) {
        dx += steps[key]?.dx ?? 0;
        dy += steps[key]?.dy ?? 0;
      }
      return { dx: Math.sign(dx), dy: Math.sign(dy) };
    },
  };
}
