/** Something that stands in the log of a room as it is shown. */
export type Entry = Said | Remark;

/** A message that the room has published. */
export interface Said {
  readonly type: "said";
  /** Unique in the log. */
  readonly key: string;
  readonly sender: string;
  readonly name: string;
  readonly text: string;
  /** Milliseconds since the Unix epoch, by the server's clock. */
  readonly timeMs: number;
}

/** A line of the page itself: who came, who went, what was missed. */
export interface Remark {
  readonly type: "remark";
  readonly key: string;
  readonly text: string;
  readonly timeMs: number;
  /** Something went wrong, rather than just happened. */
  readonly isWarning: boolean;
}

/** A message of ours that the room has not published yet. */
export interface Pending {
  /** Our own count of our messages; the room sends it back with the message. */
  readonly n: number;
  readonly text: string;
  readonly timeMs: number;
  /** `sent`: the room has acknowledged it. `failed`: it never will, for this reason. */
  readonly status: "sending" | "sent" | "failed";
  readonly reason: string;
}

/** Older entries than these are dropped: a page that stays open for days stays small. */
const entriesMax = 1_000;

/** What is shown of a room: entries in the room's order, then our own messages that are under way. */
export class RoomLog {
  #entries: readonly Entry[] = [];
  #pending: readonly Pending[] = [];
  #remarks = 0;
  #unread = 0;
  #newSinceKey: string | undefined;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get pending(): readonly Pending[] {
    return this.#pending;
  }

  /** Messages that nobody has looked at. */
  get unread(): number {
    return this.#unread;
  }

  /** The first entry of what came while nobody looked; undefined when there is nothing to point out. */
  get newSinceKey(): string | undefined {
    return this.#newSinceKey;
  }

  /** A message of somebody else. `isSeen`: somebody looks at the end of the log right now. */
  said(message: Said, isSeen: boolean): void {
    this.#add(message);
    if (isSeen) return;
    if (this.#unread === 0) this.#newSinceKey = message.key;
    this.#unread++;
  }

  /** A message of ours has come back: it is no longer under way. */
  saidBack(message: Said, n: number | undefined): void {
    this.#pending = this.#pending.filter((pending) => pending.n !== n);
    this.#add(message);
  }

  remark(text: string, timeMs: number, isWarning = false): void {
    const key = `remark ${++this.#remarks}`;
    this.#add({ type: "remark", key, text, timeMs, isWarning });
  }

  /** We said something: what we had not looked at before, we have now. */
  send(n: number, text: string, timeMs: number): void {
    this.#pending = [...this.#pending, { n, text, timeMs, status: "sending", reason: "" }];
    this.#newSinceKey = undefined;
    this.#unread = 0;
  }

  settle(n: number, status: "sent" | "failed", reason = ""): void {
    this.#pending = this.#pending.map((it) => (it.n === n ? { ...it, status, reason } : it));
  }

  /** Takes a message that failed back, to send it anew or not at all. */
  discard(n: number): void {
    this.#pending = this.#pending.filter((pending) => pending.n !== n);
  }

  /** Somebody looks at the end of the log. The mark stays, so that they can see where the new begins. */
  read(): void {
    this.#unread = 0;
  }

  /** Marks the next message as the first of what was missed, even if somebody looks. */
  markNew(key: string): void {
    if (this.#unread === 0) this.#newSinceKey = key;
  }

  /** Nothing is new any longer. */
  unmark(): void {
    if (this.#unread === 0) this.#newSinceKey = undefined;
  }

  #add(entry: Entry): void {
    this.#entries = [...this.#entries, entry].slice(-entriesMax);
  }
}
