import { GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { HistoryPage, LogEntry, RoomFeed, RoomHistory } from "./feed.ts";
import type { HistoryReads } from "./history-reads.ts";

/** Entries up to `to` cannot be had: where the reader goes on, and why (rule HI-4). */
export interface MissingPast {
  readonly to: number;
  readonly reason: GapReason;
}

/** What a reader finds next. "wait": it is on its way. */
type PastStep = LogEntry | MissingPast | "wait";

/**
 * Where one reader is in the history of a room: it holds one page at most, and asks for the next one when the reader is through with it
 * (rule HI-2). So who reads slowly is read for slowly.
 */
export class PastReader {
  readonly #reads: HistoryReads;
  readonly #onReady: () => void;
  #page: HistoryPage | undefined;
  /** The first entry of the page that is still to be looked at. */
  #at = 0;
  /** Ends the wait for a page; undefined: none is waited for. */
  #cancel: (() => void) | undefined;
  #hasFailed = false;

  /** `onReady`: there is something to find after "wait". Only marks; looking comes later. */
  constructor(reads: HistoryReads, onReady: () => void) {
    this.#reads = reads;
    this.#onReady = onReady;
  }

  /** What comes behind this cursor, for a reader whose next entry the log of the feed does not hold any more. */
  next({ history, log }: RoomFeed, cursor: number): PastStep {
    const end = log.first - 1;
    const trimmed = (to: number): MissingPast => ({ to, reason: GapReason.LOG_TRIMMED });
    if (history === undefined) return trimmed(end);
    if (this.#cancel !== undefined) return "wait";
    if (this.#hasFailed) {
      this.#hasFailed = false;
      return { to: end, reason: GapReason.HISTORY_UNAVAILABLE };
    }
    const page = this.#page;
    if (page === undefined || page.after > cursor) return this.#ask(history, cursor);
    const lost = (to: number): MissingPast =>
      page.isDamaged ? { to, reason: GapReason.HISTORY_UNAVAILABLE } : trimmed(to);
    const entry = this.#find(page, cursor);
    if (entry?.cursor === cursor + 1) return entry;
    if (entry !== undefined) return lost(Math.min(end, entry.cursor - 1));
    if (page.end > cursor) return lost(Math.min(end, page.end));
    // Behind there the store has nothing, and the log begins later.
    if (page.end === page.after && page.after === cursor) return trimmed(end);
    return this.#ask(history, cursor);
  }

  /** Lets go of the page it holds or waits for: nobody reads now, or reads on from elsewhere. */
  rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#page = undefined;
    this.#hasFailed = false;
  }

  #find({ entries }: HistoryPage, cursor: number): LogEntry | undefined {
    let entry = entries[this.#at];
    while (entry !== undefined && entry.cursor <= cursor) entry = entries[++this.#at];
    return entry;
  }

  #ask(history: RoomHistory, cursor: number): "wait" {
    this.#page = undefined;
    this.#cancel = this.#reads.read(history, cursor, (page) => {
      this.#cancel = undefined;
      this.#page = page;
      this.#at = 0;
      this.#hasFailed = page === undefined;
      this.#onReady();
    });
    return "wait";
  }
}
