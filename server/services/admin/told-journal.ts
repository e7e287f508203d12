import type { JournalEntry as JournalRow } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { Journal } from "../../observe/journal.ts";
import { journalRow } from "./rows.ts";

/** Entries of a journal, oldest first, and the place after the last of them. */
export interface JournalPart {
  readonly rows: readonly JournalRow[];
  readonly place: number;
}

/** The journal that a stream of statistics tells. */
export interface ToldJournal {
  /** What is held after this place, 0 for the beginning; at most the newest `max`. */
  after(place: number, max?: number): JournalPart;
}

/** The journal of this node. */
export function toldJournal(journal: Journal, node: string): ToldJournal {
  return {
    after(place, max) {
      const entries = journal.after(place, max);
      return {
        rows: entries.map((entry) => journalRow(entry, node)),
        place: entries.at(-1)?.number ?? place,
      };
    },
  };
}

/** Those of several nodes as one: what comes at once in the order in which it happened, each entry once, the newest `max`. */
export class MergedJournal implements ToldJournal {
  #rows: JournalRow[] = [];
  #dropped = 0;

  add(rows: readonly JournalRow[], max: number): void {
    const sorted = [...rows].sort((a, b) => Number(a.timeMs - b.timeMs));
    this.#rows.push(...sorted);
    const tooMany = this.#rows.length - max;
    if (tooMany <= 0) return;
    this.#rows = this.#rows.slice(tooMany);
    this.#dropped += tooMany;
  }

  after(place: number, max = Infinity): JournalPart {
    const head = this.#dropped + this.#rows.length;
    const first = Math.max(place, head - max, this.#dropped);
    return { rows: this.#rows.slice(first - this.#dropped), place: head };
  }
}
