import type { Placed } from "../field.ts";

interface Spark extends Placed {
  dx: number;
  dy: number;
  readonly bornMs: number;
}

interface Score extends Placed {
  readonly text: string;
  readonly color: string;
  readonly bornMs: number;
}

const sparkMs = 520;
const scoreMs = 900;
const perCoin = 12;
const sparksMax = 240;
const scoresMax = 24;

/** What flies off when a coin is collected. Lengths are field units. */
export class Sparks {
  #sparks: Spark[] = [];
  #scores: Score[] = [];

  burst(
    place: Placed,
    score: { readonly value: number; readonly color: string; readonly nowMs: number },
  ): void {
    const { value, color, nowMs } = score;
    for (let index = 0; index < perCoin; index++) {
      const angle = Math.random() * 2 * Math.PI;
      const speed = 0.05 + Math.random() * 0.13;
      const [dx, dy] = [Math.cos(angle) * speed, Math.sin(angle) * speed];
      this.#sparks.push({ x: place.x, y: place.y, dx, dy, bornMs: nowMs });
    }
    this.#scores.push({ x: place.x, y: place.y - 22, text: `+${value}`, color, bornMs: nowMs });
    this.#sparks = this.#sparks.slice(-sparksMax);
    this.#scores = this.#scores.slice(-scoresMax);
  }

  /** What there is now: `age` from 0 (new) to 1 (gone). */
  *sparks(nowMs: number): Generator<Placed & { readonly age: number }> {
    this.#sparks = this.#sparks.filter(({ bornMs }) => nowMs - bornMs < sparkMs);
    for (const { x, y, dx, dy, bornMs } of this.#sparks) {
      const ageMs = nowMs - bornMs;
      const age = ageMs / sparkMs;
      const way = ageMs * (1 - age / 2);
      yield { x: x + dx * way, y: y + dy * way, age };
    }
  }

  *scores(
    nowMs: number,
  ): Generator<Placed & { readonly age: number; readonly text: string; readonly color: string }> {
    this.#scores = this.#scores.filter(({ bornMs }) => nowMs - bornMs < scoreMs);
    for (const { x, y, text, color, bornMs } of this.#scores) {
      const age = (nowMs - bornMs) / scoreMs;
      yield { x, y: y - 34 * age, text, color, age };
    }
  }
}
