import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { HistoryPage, RoomHistory } from "./feed.ts";

interface HistoryReadsParts {
  readonly clock: Clock;
  /** Pages that are read at a time. */
  readonly readsMax: number;
  /** Bytes of a page. */
  readonly pageBytesMax: number;
  /** How long a page is waited for. */
  readonly timeoutMs: number;
  /** Pages cannot be read any more, and why; undefined: they can again. */
  readonly onFailing: (why: unknown) => void;
}

/** A page that somebody waits for. */
interface WaitingRead {
  readonly history: RoomHistory;
  readonly after: number;
  /** Undefined: it could not be read in time. */
  readonly onRead: (page: HistoryPage | undefined) => void;
  /** When it is waited for no more, or is tried again. */
  timeout: Timer;
  retry: Timer | undefined;
  /** It counts as one of those that are read now. */
  isReading: boolean;
  isOver: boolean;
}

/** Between two tries. */
const retryMs = 250;

/**
 * Reads pages of history for all readers of a process: a few at a time, so that what rooms do is not kept from the store by those who
 * look back. What fails is tried again until it has taken too long.
 */
export class HistoryReads {
  readonly #parts: HistoryReadsParts;
  readonly #waiting = new Set<WaitingRead>();
  #reading = 0;
  #isFailing = false;

  constructor(parts: HistoryReadsParts) {
    this.#parts = parts;
  }

  /** Reads the page behind a cursor, and calls back when it is here or is given up. Returns what ends that. */
  read(history: RoomHistory, after: number, onRead: WaitingRead["onRead"]): () => void {
    const { clock, timeoutMs } = this.#parts;
    const timeout = clock.setTimer(() => this.#late(read), timeoutMs);
    const read: WaitingRead = {
      ...{ history, after, onRead, timeout, retry: undefined },
      ...{ isReading: false, isOver: false },
    };
    this.#waiting.add(read);
    this.#pump();
    return () => this.#finish(read);
  }

  #pump(): void {
    for (const read of this.#waiting) {
      if (this.#reading >= this.#parts.readsMax) return;
      this.#waiting.delete(read);
      void this.#try(read);
    }
  }

  async #try(read: WaitingRead): Promise<void> {
    const { history, after } = read;
    read.isReading = true;
    this.#reading++;
    try {
      const page = await history.read({ after, bytesMax: this.#parts.pageBytesMax });
      this.#say(undefined);
      this.#settle(read, page);
    } catch (thrown) {
      this.#failed(read, thrown);
    } finally {
      this.#release(read);
    }
  }

  #release(read: WaitingRead): void {
    if (!read.isReading) return;
    read.isReading = false;
    this.#reading--;
    this.#pump();
  }

  /** Whoever does not answer at all holds up nobody for longer. */
  #late(read: WaitingRead): void {
    this.#settle(read, undefined);
    this.#release(read);
  }

  #failed(read: WaitingRead, thrown: unknown): void {
    if (read.isOver) return;
    if (RoomlineError.from(thrown).code === "storage-failed") this.#say(thrown);
    read.retry = this.#parts.clock.setTimer(() => {
      this.#waiting.add(read);
      this.#pump();
    }, retryMs);
  }

  /** Once when it begins to fail, and once when that is over. */
  #say(why: unknown): void {
    const isFailing = why !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    this.#parts.onFailing(why);
  }

  #settle(read: WaitingRead, page: HistoryPage | undefined): void {
    if (read.isOver) return;
    this.#finish(read);
    read.onRead(page);
  }

  #finish(read: WaitingRead): void {
    read.isOver = true;
    read.timeout.cancel();
    read.retry?.cancel();
    this.#waiting.delete(read);
  }
}
