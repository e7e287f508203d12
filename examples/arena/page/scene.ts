import { fieldSize } from "../field.ts";
import type { View } from "./camera.ts";
import { hueOf, ownColor, ownLight, shipColor } from "./colors.ts";
import type { ShownCoin, ShownShip } from "./flight.ts";
import { createSprites } from "./sprites.ts";
import type { Sparks } from "./sparks.ts";
import { Stars } from "./stars.ts";
import { trailMs, type Trails } from "./trails.ts";

/** All that is in a picture. */
export interface Picture {
  readonly view: View;
  readonly width: number;
  readonly height: number;
  readonly ships: readonly ShownShip[];
  readonly coins: readonly ShownCoin[];
  readonly trails: Trails;
  readonly sparks: Sparks;
  /** Nothing moves: paused, or cut off. */
  readonly isStill: boolean;
}

const coinColors = ["#ffd166", "#7ce8ff", "#ff8fd8"] as const;
const gridStep = 100;
/** Half a line of a name. */
const nameMarginPx = 9;

/** Paints pictures of the arena. */
export class Scene {
  readonly #context: CanvasRenderingContext2D;
  readonly #sprites = createSprites();
  readonly #stars = new Stars();

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  paint(picture: Picture, nowMs: number): void {
    const { view, width, height, ships, isStill } = picture;
    const context = this.#context;
    context.clearRect(0, 0, width, height);
    this.#stars.draw(context, { width, height, left: view.left, top: view.top }, nowMs);
    context.save();
    context.translate(view.left, view.top);
    context.scale(view.scale, view.scale);
    this.#field(view.scale);
    this.#coins(picture.coins, nowMs);
    for (const ship of ships) this.#trail(ship, picture.trails, nowMs);
    for (const ship of ships) this.#ship(ship);
    this.#sparks(picture.sparks, nowMs);
    context.restore();
    if (isStill) {
      context.fillStyle = "rgb(6 9 21 / 50%)";
      context.fillRect(0, 0, width, height);
    }
    this.#names(picture);
  }

  #field(scale: number): void {
    const context = this.#context;
    context.lineWidth = 1 / scale;
    context.strokeStyle = "rgb(140 170 255 / 7%)";
    context.beginPath();
    for (let at = gridStep; at < fieldSize; at += gridStep) {
      context.moveTo(at, 0);
      context.lineTo(at, fieldSize);
      context.moveTo(0, at);
      context.lineTo(fieldSize, at);
    }
    context.stroke();
    for (const [width, alpha] of [
      [9, 5],
      [4, 12],
      [1.4, 50],
    ] as const) {
      context.lineWidth = width / scale;
      context.strokeStyle = `rgb(130 165 255 / ${alpha}%)`;
      context.beginPath();
      context.roundRect(-10, -10, fieldSize + 20, fieldSize + 20, 18);
      context.stroke();
    }
  }

  #coins(coins: readonly ShownCoin[], nowMs: number): void {
    const context = this.#context;
    for (const [index, { x, y, value }] of coins.entries()) {
      const color = coinColors[value - 1] ?? coinColors[0];
      const size = 6 + value * 1.6;
      const pulse = 1 + 0.1 * Math.sin(nowMs / 260 + index * 1.7);
      const glow = size * 5.4 * pulse;
      context.globalAlpha = 0.75;
      context.drawImage(this.#sprites.glow(color), x - glow / 2, y - glow / 2, glow, glow);
      context.globalAlpha = 1;
      context.fillStyle = color;
      context.beginPath();
      context.moveTo(x, y - size);
      context.lineTo(x + size * 0.8, y);
      context.lineTo(x, y + size);
      context.lineTo(x - size * 0.8, y);
      context.fill();
      context.fillStyle = "rgb(255 255 255 / 65%)";
      context.beginPath();
      context.moveTo(x, y - size);
      context.lineTo(x + size * 0.32, y - size * 0.1);
      context.lineTo(x, y + size * 0.35);
      context.lineTo(x - size * 0.32, y - size * 0.1);
      context.fill();
    }
  }

  /** Thinner and fainter towards its end. */
  #trail({ id, name, pose, isOwn }: ShownShip, trails: Trails, nowMs: number): void {
    const context = this.#context;
    const points = trails.of(id);
    context.strokeStyle = isOwn ? "#ffd6be" : shipColor(hueOf(name));
    for (const [index, { x, y, atMs }] of points.entries()) {
      const to = points[index + 1] ?? pose;
      const fresh = Math.max(0, 1 - (nowMs - atMs) / trailMs);
      context.globalAlpha = fresh * 0.5;
      context.lineWidth = 1 + 7 * fresh;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #ship({ name, pose, isOwn }: ShownShip): void {
    const context = this.#context;
    const color = isOwn ? ownLight : shipColor(hueOf(name));
    const glow = isOwn ? 104 : 78;
    context.globalAlpha = isOwn ? 0.95 : 0.7;
    context.drawImage(this.#sprites.glow(color), pose.x - glow / 2, pose.y - glow / 2, glow, glow);
    context.globalAlpha = 1;
    context.save();
    context.translate(pose.x, pose.y);
    context.rotate(pose.heading);
    context.fillStyle = isOwn ? ownColor : color;
    context.strokeStyle = isOwn ? ownLight : "rgb(5 8 20 / 70%)";
    context.lineWidth = isOwn ? 2.2 : 1.4;
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(17, 0);
    context.lineTo(-11, 11);
    context.lineTo(-6, 0);
    context.lineTo(-11, -11);
    context.closePath();
    context.fill();
    context.stroke();
    context.restore();
  }

  #sparks(sparks: Sparks, nowMs: number): void {
    const context = this.#context;
    context.fillStyle = "#fff2cf";
    for (const { x, y, age } of sparks.sparks(nowMs)) {
      context.globalAlpha = 1 - age;
      const edge = 4.4 * (1 - age * 0.6);
      context.fillRect(x - edge / 2, y - edge / 2, edge, edge);
    }
    context.globalAlpha = 1;
  }

  /** In pixels and not in field units, so that they are as sharp and as large on every screen. */
  #names({ view, height, ships, sparks }: Picture): void {
    const context = this.#context;
    const toX = (x: number) => view.left + x * view.scale;
    const toY = (y: number) => view.top + y * view.scale;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "600 12px system-ui, sans-serif";
    for (const { name, pose, isOwn } of ships) {
      context.fillStyle = isOwn ? "#ffe3d3" : "rgb(214 224 255 / 80%)";
      // Below the ship, but not below the edge of the page.
      const below = toY(pose.y) + 24 * view.scale + 9;
      context.fillText(name, toX(pose.x), Math.min(below, height - nameMarginPx));
    }
    context.font = "700 15px system-ui, sans-serif";
    for (const { x, y, age, text, color } of sparks.scores(performance.now())) {
      context.globalAlpha = 1 - age ** 3;
      context.fillStyle = color;
      context.fillText(text, toX(x), toY(y));
    }
    context.globalAlpha = 1;
  }
}
