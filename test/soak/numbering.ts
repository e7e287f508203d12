/** A hole that was told. */
export interface ToldHole {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Whose events they are. */
interface Reader {
  /** Something is not as it was promised. */
  fault(what: string, how: string): void;
  /** Whether the entry of the log with this cursor is for this reader. Default: all are. */
  isMine?(cursor: number): boolean;
}

/**
 * Follows the events of a room at one reader: each cursor is the next, or those between are in a gap that was told; and the
 * room's own numbers go along with the cursors.
 */
export class Numbering {
  readonly #reader: Reader;
  #cursor: number | undefined;
  #ahead: number | undefined;
  #holes: ToldHole[] = [];

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** An event came, which its room called its `number`-th. */
  see(cursor: number, number: number): void {
    const before = this.#cursor;
    this.#cursor = cursor;
    this.#ahead ??= number - cursor;
    if (number - cursor !== this.#ahead)
      this.#reader.fault("an event has another event's cursor", `${number} at ${cursor}`);
    if (before === undefined || cursor === before + 1) return;
    if (cursor <= before)
      this.#reader.fault("an event doubled or out of order", `${cursor} after ${before}`);
    for (let missing = before + 1; missing < cursor; missing++) {
      if (this.#holes.some(({ from, to }) => from <= missing && missing <= to)) continue;
      if (this.#reader.isMine?.(missing) === false) continue;
      this.#reader.fault(
        "an event lost, and not told",
        `${missing}, between ${before} and ${cursor}`,
      );
    }
    this.#holes = [];
  }

  /** A gap was told. */
  told(hole: ToldHole): void {
    if (hole.reason === "epoch-changed") this.startAnew();
    else this.#holes.push(hole);
  }

  /** What comes next is of another life of the room. */
  startAnew(): void {
    this.#cursor = undefined;
    this.#ahead = undefined;
    this.#holes = [];
  }

  /** By how much the room's numbers are greater than its cursors. */
  get aheadOfCursor(): number {
    return this.#ahead ?? 0;
  }

  /** The room's number of the newest event, or of the last told to be missing. */
  get last(): number {
    const told = Math.max(0, ...this.#holes.map(({ to }) => to + (this.#ahead ?? 0)));
    return Math.max(told, this.#cursor === undefined ? 0 : this.#cursor + (this.#ahead ?? 0));
  }
}
