interface Star {
  /** 0 to 1, over the canvas. */
  readonly x: number;
  readonly y: number;
  /** How near: what is near moves more, and is larger. */
  readonly depth: number;
  readonly phase: number;
}

const count = 220;

/** The stars behind the field. They move a little with the view, each as near as it is. */
export class Stars {
  readonly #stars: readonly Star[] = Array.from({ length: count }, (_, index) => ({
    // Fractions of the golden ratio's kin: evenly spread, but in no grid.
    x: (index * 0.754_877_666) % 1,
    y: (index * 0.569_840_291) % 1,
    depth: ((index * 7) % 10) / 10,
    phase: index,
  }));

  draw(
    context: CanvasRenderingContext2D,
    size: {
      readonly width: number;
      readonly height: number;
      readonly left: number;
      readonly top: number;
    },
    nowMs: number,
  ): void {
    const { width, height, left, top } = size;
    context.fillStyle = "#cfd9ff";
    for (const { x, y, depth, phase } of this.#stars) {
      const parallax = 0.04 + depth * 0.12;
      const px = modulo(x * width + left * parallax, width);
      const py = modulo(y * height + top * parallax, height);
      context.globalAlpha = 0.18 + depth * 0.4 + 0.14 * Math.sin(nowMs / 900 + phase);
      const edge = depth > 0.8 ? 1.8 : 1.1;
      context.fillRect(px, py, edge, edge);
    }
    context.globalAlpha = 1;
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
