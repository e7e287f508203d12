import type { Placed } from "../field.ts";
import type { ShownShip } from "./flight.ts";

/** Where a ship was, and when. */
export interface TrailPoint extends Placed {
  readonly atMs: number;
}

/** How long a trail is, in milliseconds. */
export const trailMs = 850;
const spacing = 9;
/** A ship that is this far from where it was has not flown there. */
const jump = 120;

/** Remembers where ships were drawn lately. */
export class Trails {
  readonly #points = new Map<string, TrailPoint[]>();

  note(ships: readonly ShownShip[], nowMs: number): void {
    const here = new Set<string>();
    for (const { id, pose } of ships) {
      here.add(id);
      const points = this.#points.get(id) ?? [];
      this.#points.set(id, points);
      const last = points.at(-1);
      const distance = last === undefined ? spacing : Math.hypot(pose.x - last.x, pose.y - last.y);
      if (distance > jump) points.length = 0;
      if (distance >= spacing) points.push({ x: pose.x, y: pose.y, atMs: nowMs });
      while ((points[0]?.atMs ?? nowMs) < nowMs - trailMs) points.shift();
    }
    for (const id of this.#points.keys()) if (!here.has(id)) this.#points.delete(id);
  }

  /** The oldest first. */
  of(id: string): readonly TrailPoint[] {
    return this.#points.get(id) ?? [];
  }
}
