import { GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isFor, type LogEntry, type RoomFeed } from "../feed/feed.ts";
import type { HistoryReads } from "../feed/history-reads.ts";
import type { Refusal } from "../feed/inbox.ts";
import { PastReader } from "../feed/past-reader.ts";

/** What a look back has found. */
export interface HistoryAnswer {
  /** Those for the player, the oldest first. */
  readonly entries: readonly LogEntry[];
  /** All from this cursor on were looked at. */
  readonly from: number;
  /** Older ones may be had. */
  readonly more: boolean;
}

interface HistoryCallParts {
  readonly feed: () => RoomFeed;
  readonly reads: HistoryReads;
  readonly playerId: string;
  /** How many entries are looked at, up to this cursor. */
  readonly count: number;
  readonly behind: number;
  /** The player is given none before this one. */
  readonly first: number;
  readonly onDone: (answer: HistoryAnswer | Refusal) => void;
}

/** Bytes of events in one answer; a larger event is alone in it. */
const answerBytesMax = 65_536;

/** What a player asks of the events of before (rule HI-5): read forward, from the log and from what is kept beyond it. */
export class HistoryCall {
  readonly #parts: HistoryCallParts;
  readonly #past: PastReader;
  #cursor = 0;
  #from = 0;
  #entries: LogEntry[] = [];
  #bytes = 0;
  /** Nothing older is kept. */
  #isAll = false;

  constructor(parts: HistoryCallParts) {
    this.#parts = parts;
    this.#past = new PastReader(parts.reads, () => this.#goOn());
  }

  /** Begins to read; again, when the room is read elsewhere from now on. Calls back when it is done, perhaps at once. */
  start(): void {
    const { behind, count, first } = this.#parts;
    this.stop();
    this.#from = Math.max(first, behind - count + 1);
    this.#cursor = this.#from - 1;
    this.#isAll = this.#from <= first;
    this.#entries = [];
    this.#bytes = 0;
    this.#goOn();
  }

  /** Nobody wants the answer any more. */
  stop(): void {
    this.#past.rest();
  }

  #goOn(): void {
    const { behind, onDone, playerId } = this.#parts;
    const feed = this.#parts.feed();
    while (this.#cursor < behind) {
      const found = feed.log.get(this.#cursor + 1) ?? this.#past.next(feed, this.#cursor);
      if (found === "wait") return;
      if ("to" in found) {
        const isTrimmed = found.reason === GapReason.LOG_TRIMMED;
        if (!isTrimmed && found.to >= behind) {
          this.stop();
          onDone(unavailable);
          return;
        }
        this.#passOver(Math.min(found.to, behind), isTrimmed);
        continue;
      }
      this.#cursor++;
      if (isFor(found.audience, playerId)) this.#take(found);
    }
    this.stop();
    onDone({ entries: this.#entries, from: this.#from, more: !this.#isAll });
  }

  /** What is before that cannot be had: all that is given is without a hole. */
  #passOver(to: number, isTrimmed: boolean): void {
    this.#cursor = to;
    this.#from = to + 1;
    this.#entries = [];
    this.#bytes = 0;
    this.#isAll = isTrimmed;
  }

  /** The newest are those that are asked for: when there are too many bytes, the oldest go. */
  #take(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.body.length;
    while (this.#bytes > answerBytesMax && this.#entries.length > 1) {
      const gone = this.#entries.shift();
      this.#bytes -= gone?.body.length ?? 0;
      this.#from = (gone?.cursor ?? 0) + 1;
      this.#isAll = false;
    }
  }
}

const unavailable: Refusal = {
  code: "history-unavailable",
  message: "The history of the room cannot be read now: ask again later.",
  reason: "",
};
