/** In steps of 14 degrees: there are only so many lights to keep. */
const hues = 23;
/** The orange of the own ship's light is nobody else's. */
const firstHue = 52;

/** The hue of a name, the same on every screen. */
export function hueOf(name: string): number {
  let hash = 2_166_136_261;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619);
  // Mixed once more, or names of alike letters would be of alike colours.
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return firstHue + (((mixed ^ (mixed >>> 13)) >>> 0) % hues) * 14;
}

/** A ship's colour; `alpha` from 0 to 1. */
export function shipColor(hue: number, alpha = 1): string {
  return `hsl(${hue} 90% 68% / ${alpha})`;
}

/** Of the own ship, and of its light. */
export const ownColor = "#ffffff";
export const ownLight = "#ff9d6b";
