import type { JournalEntry } from "../../shared/gen/roomline/v1/admin_pb.ts";

/** The newest entry that is known of a node, in one life of it. */
interface Known {
  life: number;
  number: number;
}

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
  /** Where it happened. Empty where the server is one process. */
  readonly node: string;
}

/** How serious a kind is: decides its colour. */
type Tone = "good" | "plain" | "quiet" | "warning" | "bad";

const tones: Readonly<Record<string, Tone>> = {
  connected: "quiet",
  joined: "good",
  resumed: "good",
  "room-created": "plain",
  "room-closed": "plain",
  "room-moved": "plain",
  "room-asleep": "quiet",
  "room-woken": "plain",
  left: "quiet",
  closed: "quiet",
  detached: "warning",
  throttled: "warning",
  gap: "bad",
  overrun: "bad",
  storage: "bad",
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
  readonly #known = new Map<string, Known>();
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

  /** Adds what is new among `entries`, which come oldest first. `lifeOf` tells one life of a node from the next. */
  add(entries: readonly JournalEntry[], lifeOf: (node: string) => number): void {
    const fresh: JournalRow[] = [];
    for (const entry of entries) {
      const life = lifeOf(entry.node);
      const known = this.#knownOf(entry.node, life);
      const number = Number(entry.number);
      if (number <= known.number) continue;
      known.number = number;
      fresh.push(rowOf(entry, life));
    }
    if (fresh.length === 0) return;
    this.#seen += fresh.length;
    const rows = [...fresh.reverse(), ...this.#rows];
    // What one node tells late has its place among what others have told; of one alone its numbers are the order.
    if (fresh.some(({ node }) => node !== "")) rows.sort((a, b) => b.timeMs - a.timeMs);
    this.#rows = rows.slice(0, this.#rowsMax);
  }

  #knownOf(node: string, life: number): Known {
    const known = this.#known.get(node);
    if (known?.life === life) return known;
    const anew = { life, number: 0 };
    this.#known.set(node, anew);
    return anew;
  }
}

function rowOf(entry: JournalEntry, life: number): JournalRow {
  return {
    id: `${entry.node}/${life}/${entry.number.toString()}`,
    timeMs: Number(entry.timeMs),
    kind: entry.kind,
    clientId: entry.clientId,
    roomId: entry.roomId,
    connectionId: entry.connectionId,
    detail: entry.detail,
    node: entry.node,
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
    const { clientId, roomId, connectionId, detail, node } = row;
    const text = `${clientId} ${roomId} ${connectionId} ${detail} ${node}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
