import { moved, type Direction, type Place } from "../field.ts";

/** A step, numbered for the room to say which it has done. */
export type Move = Direction & { readonly seq: number };

/**
 * The own ship, shown where the room will have it: it answers at once and not a round trip later. The room is always right:
 * what it says is taken, and the steps it has not seen yet are done again on top.
 */
export class Prediction {
  #under: Move[] = [];
  #seq = 0;
  #before: Place | undefined;
  #place: Place | undefined;

  /** Where the ship is after the newest step; undefined before the room has said where it is. */
  get place(): Place | undefined {
    return this.#place;
  }

  /** Between the last two steps, a `share` of the way: screens paint more often than there are steps. */
  at(share: number): Place | undefined {
    const [from, to] = [this.#before, this.#place];
    if (from === undefined || to === undefined) return to;
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  }

  /** The player's next step. Returns what to send; nothing for standing still. */
  step({ dx, dy }: Direction): Move | undefined {
    this.#before = this.#place;
    if (this.#place === undefined || (dx === 0 && dy === 0)) return undefined;
    const move = { dx, dy, seq: ++this.#seq };
    this.#under.push(move);
    this.#place = moved(this.#place, move);
    return move;
  }

  /** The room says where the ship is, and the newest step that is in that. */
  confirm({ x, y, seq }: Place & { readonly seq: number }): void {
    this.#seq = Math.max(this.#seq, seq); // the page before a reload has numbered steps, too
    this.#under = this.#under.filter((move) => move.seq > seq);
    this.#place = this.#under.reduce<Place>(moved, { x, y });
  }

  /** The seat is a new one: what the old one was sent is of no use. */
  reset(): void {
    this.#under = [];
    this.#before = this.#place = undefined;
  }
}
