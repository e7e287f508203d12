/** Soft lights, painted once each: blurring them in every frame would cost most of it. */
export interface Sprites {
  /** A light of this colour; draw it centred, in any size. */
  glow(color: string): HTMLCanvasElement;
}

const sizePx = 96;

/** Makes a store that paints each light when it is first asked for. The page has some thirty colours. */
export function createSprites(): Sprites {
  const glows = new Map<string, HTMLCanvasElement>();
  return {
    glow(color) {
      let glow = glows.get(color);
      if (glow === undefined) {
        glow = paintGlow(color);
        glows.set(color, glow);
      }
      return glow;
    },
  };
}

function paintGlow(color: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = sizePx;
  const context = canvas.getContext("2d");
  if (context === null) return canvas;
  const middle = sizePx / 2;
  const gradient = context.createRadialGradient(middle, middle, 0, middle, middle, middle);
  gradient.addColorStop(0, color);
  gradient.addColorStop(0.25, `color-mix(in srgb, ${color} 45%, transparent)`);
  gradient.addColorStop(0.6, `color-mix(in srgb, ${color} 10%, transparent)`);
  gradient.addColorStop(1, "transparent");
  context.fillStyle = gradient;
  context.fillRect(0, 0, sizePx, sizePx);
  return canvas;
}
