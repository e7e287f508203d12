import { fieldSize, type Placed } from "../field.ts";

/** How field units become pixels of the canvas. */
export interface View {
  /** Pixels per field unit. */
  readonly scale: number;
  /** Where the field's corner is, in pixels. */
  readonly left: number;
  readonly top: number;
}

/** Smaller than this, ships would be hard to see on a phone: then the view follows the own ship. */
const scaleMin = 0.62;
const marginPx = 28;

/** The whole field when it fits, else the part around `focus`. Sizes are CSS pixels. */
export function viewOf(width: number, height: number, focus: Placed): View {
  const fit = (Math.min(width, height) - 2 * marginPx) / fieldSize;
  const scale = Math.max(scaleMin, fit);
  return { scale, left: edge(width, focus.x, scale), top: edge(height, focus.y, scale) };
}

/** Where on the field a pixel is. */
export function placeAt(view: View, x: number, y: number): Placed {
  return { x: (x - view.left) / view.scale, y: (y - view.top) / view.scale };
}

/** Where the field begins along one side: centred when it fits, else so that the focus is in the middle, up to the walls. */
function edge(length: number, focus: number, scale: number): number {
  const field = fieldSize * scale;
  if (field + 2 * marginPx <= length) return (length - field) / 2;
  const centred = length / 2 - focus * scale;
  return Math.min(marginPx, Math.max(length - field - marginPx, centred));
}
