import { fieldSize, type Place } from "../field.ts";

/** A ship as it is to be drawn. */
export interface ShownShip extends Place {
  readonly name: string;
  readonly isMine: boolean;
}

const shipRadius = 20;
const coinRadius = 11;
const nameSizePx = 12;

/** A colour for each name, the same on every screen. */
export function colorOf(name: string): string {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 9_973;
  return `hsl(${hash % 360} 70% 55%)`;
}

/** Draws the field on a canvas that fills its box, whatever that measures, until it is aborted. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement, signal: AbortSignal) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("This browser cannot draw on a canvas.");
    this.#canvas = canvas;
    this.#context = context;
    const observer = new ResizeObserver(() => {
      canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio);
    });
    observer.observe(canvas);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** The place on the field under a pointer. */
  placeAt({ offsetX, offsetY }: { readonly offsetX: number; readonly offsetY: number }): Place {
    const units = fieldSize / this.#canvas.clientWidth;
    return { x: offsetX * units, y: offsetY * units };
  }

  paint(ships: readonly ShownShip[], coins: Iterable<Place>): void {
    const context = this.#context;
    const style = getComputedStyle(this.#canvas);
    const scale = this.#canvas.width / fieldSize;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, fieldSize, fieldSize);
    this.#grid(style.borderTopColor);
    for (const coin of coins) this.#coin(coin);
    for (const ship of ships) this.#ship(ship, style.color);
  }

  #grid(color: string): void {
    const context = this.#context;
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.beginPath();
    for (let at = 100; at < fieldSize; at += 100) {
      context.moveTo(at, 0);
      context.lineTo(at, fieldSize);
      context.moveTo(0, at);
      context.lineTo(fieldSize, at);
    }
    context.stroke();
  }

  #coin({ x, y }: Place): void {
    this.#disc(x, y, coinRadius, "#f2b632", "#c98a12");
  }

  #ship({ x, y, name, isMine }: ShownShip, ink: string): void {
    this.#disc(x, y, shipRadius, colorOf(name), isMine ? ink : "transparent");
    this.#context.fillStyle = ink;
    // In units of the field, but to be read on a small screen as well.
    const size = Math.max(22, (nameSizePx * fieldSize) / this.#canvas.clientWidth);
    this.#context.font = `${isMine ? "700 " : ""}${size}px system-ui, sans-serif`;
    this.#context.textAlign = "center";
    // Above the ship, but on the field.
    const middle = Math.min(fieldSize - 4 * size, Math.max(4 * size, x));
    this.#context.fillText(name, middle, y < 60 ? y + 26 + size : y - 30);
  }

  #disc(x: number, y: number, radius: number, fill: string, edge: string): void {
    const context = this.#context;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = edge;
    context.lineWidth = 4;
    context.stroke();
  }
}
