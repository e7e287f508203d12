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

/** What there is to draw on, in CSS pixels. */
export interface Space {
  readonly width: number;
  readonly height: number;
  /** Covered by something else, at the lower edge. */
  readonly coveredBelow: number;
}

/** The whole field when it fits, else the part around `focus`. */
export function viewOf({ width, height: whole, coveredBelow }: Space, focus: Placed): View {
  const height = whole - coveredBelow;
  const fit = (Math.min(width, height) - 2 * marginPx) / fieldSize;
  const scale = Math.max(scaleMin, fit);
  return { scale, left: edge(width, focus.x, scale), top: edge(height, focus.y, scale) };
}

/** Where the field begins along one side: centred when it fits, else so that the focus is in the middle, up to the walls. */
function edge(length: number, focus: number, scale: number): number {
  const field = fieldSize * scale;
  if (field + 2 * marginPx <= length) return (length - field) / 2;
  const centred = length / 2 - focus * scale;
  return Math.min(marginPx, Math.max(length - field - marginPx, centred));
}
