import type { JournalEntry } from "../../shared/gen/roomline/v1/admin_pb.ts";

/** Something that happened, as the page shows it. */
export interface JournalRow {
  /** Unique within the page: the numbers of a server start anew with it. */
  readonly id: string;
  readonly timeMs: number;
  readonly kind: string;
  readonly clientId: string;
  readonly roomId: string;
  readonly connectionId: string;
  readonly detail: string;
}

/** How serious a kind is: decides its colour. */
type Tone = "good" | "plain" | "quiet" | "warning" | "bad";

const tones: Readonly<Record<string, Tone>> = {
  connected: "quiet",
  joined: "good",
  resumed: "good",
  "room-created": "plain",
  "room-closed": "plain",
  left: "quiet",
  closed: "quiet",
  detached: "warning",
  throttled: "warning",
  gap: "bad",
  overrun: "bad",
  admin: "plain",
};

/** The kinds the server tells of. */
export const journalKinds: readonly string[] = Object.keys(tones);

export function toneOf(kind: string): Tone {
  return tones[kind] ?? "plain";
}

/** What happened, newest first; at most `rowsMax`, the oldest goes. */
export class Journal {
  readonly #rowsMax: number;
  #rows: readonly JournalRow[] = [];
  #life = 0;
  #newest = 0;
  #seen = 0;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  /** Newest first. A new array after every change. */
  get rows(): readonly JournalRow[] {
    return this.#rows;
  }

  /** How many rows there have ever been: what a reader who stopped looking has missed. */
  get seen(): number {
    return this.#seen;
  }

  /** Adds what is new among `entries`, which come oldest first. `life` tells one life of the server from the next. */
  add(entries: readonly JournalEntry[], life: number): void {
    if (life !== this.#life) this.#newest = 0;
    this.#life = life;
    const fresh = entries.filter(({ number }) => Number(number) > this.#newest);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.#newest = Number(last.number);
    this.#seen += fresh.length;
    const rows = fresh.reverse().map((entry) => rowOf(entry, life));
    this.#rows = [...rows, ...this.#rows].slice(0, this.#rowsMax);
  }
}

function rowOf(entry: JournalEntry, life: number): JournalRow {
  return {
    id: `${life}/${entry.number.toString()}`,
    timeMs: Number(entry.timeMs),
    kind: entry.kind,
    clientId: entry.clientId,
    roomId: entry.roomId,
    connectionId: entry.connectionId,
    detail: entry.detail,
  };
}

/** The rows of these kinds (none given: all) in which every word of `text` occurs. */
export function filterJournal(
  rows: readonly JournalRow[],
  filter: { readonly kinds: ReadonlySet<string>; readonly text: string },
): readonly JournalRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && filter.kinds.size === 0) return rows;
  return rows.filter((row) => {
    if (filter.kinds.size > 0 && !filter.kinds.has(row.kind)) return false;
    const text = `${row.clientId} ${row.roomId} ${row.connectionId} ${row.detail}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
