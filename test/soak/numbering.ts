import type { Findings } from "./findings.ts";

/** A hole that was told. */
export interface ToldHole {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/**
 * Follows the events of a room at one reader: each cursor is the next, or those between are in a gap that was told; and the
 * room's own numbers go along with the cursors.
 */
export class Numbering {
  readonly #findings: Findings;
  readonly #who: string;
  #cursor: number | undefined;
  #ahead: number | undefined;
  #holes: ToldHole[] = [];

  constructor(who: string, findings: Findings) {
    this.#who = who;
    this.#findings = findings;
  }

  /** An event came, which its room called its `number`-th. */
  see(cursor: number, number: number): void {
    const before = this.#cursor;
    this.#cursor = cursor;
    this.#ahead ??= number - cursor;
    if (number - cursor !== this.#ahead)
      this.#fault("an event has another event's cursor", `${number} at ${cursor}`);
    if (before === undefined || cursor === before + 1) return;
    if (cursor <= before)
      this.#fault("an event doubled or out of order", `${cursor} after ${before}`);
    for (let missing = before + 1; missing < cursor; missing++) {
      if (this.#holes.some(({ from, to }) => from <= missing && missing <= to)) continue;
      this.#fault("an event lost, and not told", `${missing}, between ${before} and ${cursor}`);
    }
    this.#holes = [];
  }

  /** A gap was told. */
  told(hole: ToldHole): void {
    this.#findings.counts.gaps++;
    if (hole.reason === "epoch-changed") this.startAnew();
    else this.#holes.push(hole);
  }

  /** What comes next is of another life of the room. */
  startAnew(): void {
    this.#cursor = undefined;
    this.#ahead = undefined;
    this.#holes = [];
  }

  /** The room's number of the newest event, or of the last told to be missing. */
  get last(): number {
    const told = Math.max(0, ...this.#holes.map(({ to }) => to + (this.#ahead ?? 0)));
    return Math.max(told, this.#cursor === undefined ? 0 : this.#cursor + (this.#ahead ?? 0));
  }

  #fault(what: string, how: string): void {
    this.#findings.fault(what, `${this.#who}: ${how}`);
  }
}
