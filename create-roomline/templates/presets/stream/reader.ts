/** An answer as it is known here. */
export interface Answer extends Row {
  readonly number: string;
}

/** A row of the state. */
interface Row {
  readonly question: string;
  readonly status: "running" | "done" | "stopped" | "failed";
  readonly text: string;
  readonly tokens: number;
}

/** A piece of an answer. */
interface Piece {
  readonly answer: string;
  readonly number: number;
  readonly text: string;
}

/** What is kept: the pieces of the newest answer, and what went wrong. */
interface Kept {
  readonly answer: string;
  readonly pieces: readonly string[];
  readonly doubled: number;
  readonly missed: number;
}

const nothing: Kept = { answer: "", pieces: [], doubled: 0, missed: 0 };

/** Puts answers together: those that are over from the state, the one under way from its pieces. Counts what went wrong. */
export class Reader {
  readonly #storage: Pick<Storage, "getItem" | "setItem"> | undefined;
  readonly #key: string;
  #kept: Kept;

  /** @param storage keeps the pieces over a reload: the room goes on behind those that were handled, and tells no other */
  constructor(roomId: string, storage?: Pick<Storage, "getItem" | "setItem">) {
    this.#storage = storage;
    this.#key = `pieces of ${roomId}`;
    const text = storage?.getItem(this.#key) ?? null;
    this.#kept = text === null ? nothing : (JSON.parse(text) as Kept);
  }

  /** Pieces that came twice. It stays 0. */
  get doubled(): number {
    return this.#kept.doubled;
  }

  /** Pieces that did not come. It stays 0. */
  get missed(): number {
    return this.#kept.missed;
  }

  /** A piece has come. The first one begins the answer, also anew, as for a new seat that is told the history. */
  take({ answer, number, text }: Piece): void {
    const isNew = number === 1 || answer !== this.#kept.answer;
    const before = isNew ? [] : this.#kept.pieces;
    const missing = Math.max(0, number - 1 - before.length);
    const isDoubled = number <= before.length;
    this.#kept = {
      answer,
      pieces: isDoubled ? before : [...before, ...Array<string>(missing).fill(""), text],
      doubled: this.#kept.doubled + Number(isDoubled),
      missed: this.#kept.missed + missing,
    };
    this.#storage?.setItem(this.#key, JSON.stringify(this.#kept));
  }

  /** All answers, the oldest first. */
  answers(rows: Iterable<readonly [string, Row]>): Answer[] {
    return [...rows]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([number, row]) => {
        if (row.status !== "running") return { ...row, number };
        const pieces = number === this.#kept.answer ? this.#kept.pieces : [];
        return { ...row, number, text: pieces.join(""), tokens: pieces.length };
      });
  }
}
