import type { LogEntry, RingView } from "./feed.ts";

/** Bounds of a log (rule RL-2). */
export interface RoomLogConfig {
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

/** A log put down. */
export interface LogImage {
  readonly head: number;
  /** Those that are held, up to the head. */
  readonly entries: readonly LogEntry[];
  readonly agesMs: readonly number[];
}

/**
 * The bounded ring of a room's events (rules RL-1, RL-2). Readers hold cursors into it; it knows nothing of them, so a
 * slow reader costs it nothing. An entry larger than `bytesMax` is still held until the next one comes.
 */
export class RoomLog implements RingView<LogEntry> {
  readonly #config: RoomLogConfig;
  readonly #ring: (LogEntry | undefined)[] = [];
  /** When each was appended, on the monotonic clock of this process; indexed like the ring. */
  readonly #appendedMs: number[] = [];
  #head = 0;
  #first = 1;
  #bytes = 0;

  constructor(config: RoomLogConfig) {
    this.#config = config;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return this.#first;
  }

  /** Bytes of all bodies held. */
  get bytes(): number {
    return this.#bytes;
  }

  get(cursor: number): LogEntry | undefined {
    if (cursor < this.#first || cursor > this.#head) return undefined;
    return this.#ring[cursor % this.#config.entriesMax];
  }

  /** Appends an entry; what no longer fits the bounds goes. An entry that does not follow the newest is all there is. */
  append(entry: LogEntry, nowMs: number): void {
    if (entry.cursor !== this.#head + 1) this.skipTo(entry.cursor - 1);
    this.#head = entry.cursor;
    if (this.#head - this.#first >= this.#config.entriesMax) this.#dropFirst();
    const index = entry.cursor % this.#config.entriesMax;
    this.#ring[index] = entry;
    this.#appendedMs[index] = nowMs;
    this.#bytes += entry.body.length;
    while (this.#bytes > this.#config.bytesMax && this.#first < this.#head) this.#dropFirst();
    this.trim(nowMs);
  }

  /** Lets go of entries that are too old at `nowMs`. */
  trim(nowMs: number): void {
    const oldestMs = nowMs - this.#config.ageMsMax;
    while (this.#first <= this.#head) {
      if ((this.#appendedMs[this.#first % this.#config.entriesMax] ?? 0) >= oldestMs) return;
      this.#dropFirst();
    }
  }

  /** What is held, and for how long it has been. */
  image(nowMs: number): LogImage {
    const entries: LogEntry[] = [];
    const agesMs: number[] = [];
    for (let cursor = this.#first; cursor <= this.#head; cursor++) {
      const entry = this.get(cursor);
      if (entry === undefined) continue;
      entries.push(entry);
      agesMs.push(nowMs - (this.#appendedMs[cursor % this.#config.entriesMax] ?? 0));
    }
    return { head: this.#head, entries, agesMs };
  }

  /** Takes over what {@link image} gave, as far as it fits the bounds. */
  restore({ head, entries, agesMs }: LogImage, nowMs: number): void {
    for (const [index, entry] of entries.entries()) {
      this.append(entry, nowMs - (agesMs[index] ?? 0));
    }
    if (this.#head < head) this.skipTo(head);
    this.trim(nowMs);
  }

  /** Lets go of entries before this cursor: a copy holds no more than the room does. */
  trimTo(first: number): void {
    while (this.#first < first && this.#first <= this.#head) this.#dropFirst();
    if (this.#first < first) this.skipTo(first - 1);
  }

  /** Goes on behind this cursor: what was up to there is not held. */
  skipTo(cursor: number): void {
    while (this.#first <= this.#head) this.#dropFirst();
    this.#head = cursor;
    this.#first = cursor + 1;
  }

  #dropFirst(): void {
    const index = this.#first % this.#config.entriesMax;
    this.#bytes -= this.#ring[index]?.body.length ?? 0;
    this.#ring[index] = undefined;
    this.#first++;
  }
}
