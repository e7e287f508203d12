import type { Audience } from "./audience.ts";

/** One event of a room, encoded once for all who will read it. */
export interface LogEntry {
  readonly cursor: number;
  /** The encoded body of the server message. */
  readonly body: Uint8Array;
  readonly audience: Audience | undefined;
  /** When it was appended, on the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

/** What a reader of a log sees. */
export interface LogView {
  /** Cursor of the newest entry; 0 when there never was one. */
  readonly head: number;
  /** Cursor of the oldest entry held; `head + 1` when none is. */
  readonly first: number;
  /** The entry with this cursor, if it is held. */
  get(cursor: number): LogEntry | undefined;
}

/** Bounds of a log (rule RL-2). */
export interface RoomLogConfig {
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

/**
 * The bounded ring of a room's events (rules RL-1, RL-2). Readers hold cursors into it; it knows nothing of them, so a
 * slow reader costs it nothing. An entry larger than `bytesMax` is still held until the next one comes.
 */
export class RoomLog implements LogView {
  readonly #config: RoomLogConfig;
  readonly #ring: (LogEntry | undefined)[] = [];
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

  /** Appends an entry; what no longer fits the bounds goes. The entry's cursor has to be `head + 1`. */
  append(entry: LogEntry): void {
    this.#head = entry.cursor;
    if (this.#head - this.#first >= this.#config.entriesMax) this.#dropFirst();
    this.#ring[entry.cursor % this.#config.entriesMax] = entry;
    this.#bytes += entry.body.length;
    while (this.#bytes > this.#config.bytesMax && this.#first < this.#head) this.#dropFirst();
    this.trim(entry.atMs);
  }

  /** Lets go of entries that are too old at `nowMs`. */
  trim(nowMs: number): void {
    const oldest = nowMs - this.#config.ageMsMax;
    for (let entry = this.get(this.#first); entry !== undefined && entry.atMs < oldest;) {
      this.#dropFirst();
      entry = this.get(this.#first);
    }
  }

  #dropFirst(): void {
    const index = this.#first % this.#config.entriesMax;
    this.#bytes -= this.#ring[index]?.body.length ?? 0;
    this.#ring[index] = undefined;
    this.#first++;
  }
}
