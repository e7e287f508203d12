import type { Clock } from "../../shared/clock.ts";

/** What happens, as a journal names it. */
export const journalKinds = [
  "connected",
  "closed",
  "joined",
  "resumed",
  "detached",
  "left",
  "room-created",
  "room-closed",
  "room-moved",
  "room-asleep",
  "room-woken",
  "gap",
  "throttled",
  "overrun",
  "storage",
  "admin",
] as const;

type JournalKind = (typeof journalKinds)[number];

/** Whom and what an entry is about. What is left out is empty. */
export interface JournalFacts {
  readonly clientId?: string;
  readonly roomId?: string;
  readonly connectionId?: string;
  /** The name of the operator who did it. */
  readonly operator?: string;
  /** A close reason, a verdict, or a sentence. */
  readonly detail?: string;
}

/** Something that happened. */
export interface JournalEntry extends JournalFacts {
  /** 1, 2, 3 … in the order things happened. */
  readonly number: number;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly kind: JournalKind;
  /** How many things of this kind have no entry of their own, because there were too many within a second. 0: it is one. */
  readonly more: number;
}

/** The newest of what happened to a server: for operators, not for machines; bounded in entries and in entries per second. */
export interface Journal {
  /** Number of the newest entry; 0 when there is none. */
  readonly head: number;
  add(kind: JournalKind, facts: JournalFacts): void;
  /** The entries after this number that are still held, oldest first, at most the newest `max`. */
  after(number: number, max?: number): readonly JournalEntry[];
}

/** Bounds of a journal. */
interface JournalConfig {
  readonly journalEntriesMax: number;
  /** Of each kind; the rest of a second becomes one entry that says how many there were. */
  readonly journalEntriesPerSecondMax: number;
}

const windowMs = 1_000;

/** Creates a {@link Journal}. */
export function createJournal(clock: Clock, config: JournalConfig): Journal {
  return new Ring(clock, config);
}

/** How many entries of a kind there were in the second that began at `sinceMs`, on the monotonic clock. */
interface Window {
  sinceMs: number;
  written: number;
  more: number;
}

class Ring implements Journal {
  readonly #clock: Clock;
  readonly #config: JournalConfig;
  readonly #ring: JournalEntry[] = [];
  readonly #windows = new Map<JournalKind, Window>();
  #head = 0;

  constructor(clock: Clock, config: JournalConfig) {
    this.#clock = clock;
    this.#config = config;
  }

  get head(): number {
    this.#settle();
    return this.#head;
  }

  add(kind: JournalKind, facts: JournalFacts): void {
    const nowMs = this.#clock.now();
    const window = this.#windowOf(kind, nowMs);
    if (nowMs - window.sinceMs >= windowMs) {
      this.#writeMore(kind, window);
      window.sinceMs = nowMs;
      window.written = 0;
    }
    // In a storm an event costs this look and an addition.
    if (window.written >= this.#config.journalEntriesPerSecondMax) {
      window.more++;
      return;
    }
    window.written++;
    this.#write(kind, facts, 0);
  }

  after(number: number, max = Infinity): readonly JournalEntry[] {
    this.#settle();
    const { journalEntriesMax } = this.#config;
    const first = Math.max(number, this.#head - journalEntriesMax, this.#head - max) + 1;
    const entries: JournalEntry[] = [];
    for (let at = Math.max(1, first); at <= this.#head; at++) {
      const entry = this.#ring[at % journalEntriesMax];
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  /** Writes down what has only been counted so far: somebody reads. */
  #settle(): void {
    for (const [kind, window] of this.#windows) this.#writeMore(kind, window);
  }

  #writeMore(kind: JournalKind, window: Window): void {
    if (window.more === 0) return;
    this.#write(kind, { detail: `${window.more} more of this kind` }, window.more);
    window.more = 0;
  }

  #write(kind: JournalKind, facts: JournalFacts, more: number): void {
    const number = ++this.#head;
    const timeMs = this.#clock.wallNow();
    this.#ring[number % this.#config.journalEntriesMax] = { ...facts, number, timeMs, kind, more };
  }

  #windowOf(kind: JournalKind, nowMs: number): Window {
    let window = this.#windows.get(kind);
    if (window === undefined) {
      window = { sinceMs: nowMs, written: 0, more: 0 };
      this.#windows.set(kind, window);
    }
    return window;
  }
}
