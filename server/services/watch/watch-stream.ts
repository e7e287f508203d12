import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { GapReason } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import {
  WatchResponseSchema,
  type WatchEvent,
  type WatchResponse,
} from "../../../shared/gen/roomline/v1/watch_pb.ts";
import { encodeWatchCursor, type WatchPosition } from "./watch-cursor.ts";
import { fallenOff } from "../../feed/cursor.ts";
import type { LogEntry, RoomFeed } from "../../feed/feed.ts";
import type { HistoryReads } from "../../feed/history-reads.ts";
import { PastReader, type MissingPast } from "../../feed/past-reader.ts";
import type { WatchBatch, WatchEvents } from "./watch-events.ts";

/** Where a watch begins. */
export type WatchFrom = "live" | "oldest" | WatchPosition;

/** Bounds of what one pull does. */
interface WatchStreamBounds {
  /** Bytes of events in one message; a larger event travels alone. */
  readonly outboundFrameBytesMax: number;
  readonly watchScanEntriesMax: number;
}

interface WatchStreamParts {
  readonly feed: RoomFeed;
  readonly events: WatchEvents;
  /** Who reads what the feed's log does not hold any more. */
  readonly reads: HistoryReads;
  readonly bounds: WatchStreamBounds;
  readonly from: WatchFrom;
  /** Only events of these kinds; undefined: all. */
  readonly kinds: ReadonlySet<string> | undefined;
}

/** What a pull gives. */
type WatchPulled =
  | WatchResponse
  /** Only entries that are not for this watch, and there are further ones. */
  | "more"
  /** What comes next is on its way from the store. */
  | "wait"
  /** Nothing is left to send now. */
  | "drained";

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

type Content = MessageInitShape<typeof WatchResponseSchema>["message"] & object;

/** Around the payload of an event: cursor, names, times. */
const eventOverheadBytes = 96;

/**
 * What a watch owes its reader next, read from the room's log at the moment the response can take it (rules WA): a cursor
 * and no queue, like the stream of a session, but without a seat.
 */
export class WatchStream {
  readonly #parts: WatchStreamParts;
  /** Where a watch that is lost right after its start goes on: as it was given, so that no gap is lost with it. */
  readonly #begin: WatchPosition;
  #feed: RoomFeed;
  #number: number;
  #backlogEnd: number | undefined;
  #gap: Gap | undefined;
  /** Where it is in the history of the room; undefined while it was never there. */
  #past: PastReader | undefined;
  /** What is kept beyond the log is not read any more. */
  #isPastOver = false;
  /** One that begins with the oldest begins here: what is not kept any more behind it is not missing. -1: it begins elsewhere. */
  #openStart = -1;

  /** What the store has for it is here. Only marks. */
  onAdvance: () => void = () => undefined;

  constructor(parts: WatchStreamParts) {
    const { feed, from } = parts;
    const { head, first } = feed.log;
    const { epoch } = feed.about;
    this.#parts = parts;
    this.#feed = feed;
    this.#backlogEnd = head;
    if (typeof from === "string") {
      const oldest = Math.min(first, feed.history?.first ?? first) - 1;
      this.#number = from === "live" ? head : oldest;
      if (from === "oldest" && feed.history !== undefined) this.#openStart = oldest;
      this.#begin = { epoch, number: this.#number };
    } else if (from.epoch === epoch && from.number <= head) {
      this.#number = from.number;
      this.#begin = from;
    } else {
      // All of the new epoch comes after what the reader has; what it misses of the old one nobody knows.
      this.#number = 0;
      this.#begin = from;
      this.#gap = { from: from.number + 1, to: 0, reason: GapReason.EPOCH_CHANGED };
    }
  }

  /** Goes on in another feed of the same life of the room, where it stands. */
  readFrom(feed: RoomFeed): void {
    this.#feed = feed;
    this.rest();
  }

  /** Nobody reads any more: lets go of what was fetched. */
  rest(): void {
    this.#past?.rest();
  }

  /** The room is over, and what was kept of it beyond its log: the rest of that is a gap. */
  endPast(): void {
    this.#isPastOver = true;
    this.rest();
  }

  /** The cursor to tell before anything else. */
  get beginCursor(): string {
    return encodeWatchCursor(this.#begin);
  }

  /** The next message, without waiting for one. Moves on as if it had been sent. */
  pull(): WatchPulled {
    const gap = this.#gap ?? this.#fallenOff();
    if (gap !== undefined) return this.#pullGap(gap);
    // Live events do not go into a message with replayed ones: between them stands the end of the backlog.
    const end = Math.max(this.#number, this.#backlogEnd ?? this.#feed.log.head);
    if (this.#number < end) {
      const batch = this.#isInPast ? this.#pastBatch(end) : this.#batch(end);
      if (batch === "wait") return batch;
      const { number, message } = batch;
      this.#number = number;
      if (message !== undefined) return message;
      if (number < end) return "more";
    }
    this.rest();
    if (this.#backlogEnd !== undefined) {
      this.#backlogEnd = undefined;
      return this.#message({ case: "endOfBacklog", value: {} });
    }
    return "drained";
  }

  /** A heartbeat: says where the cursor is by now, which may have passed over events not asked for (rule WA-5). */
  heartbeat(wallNowMs: number): WatchResponse {
    return this.#message({ case: "heartbeat", value: { timeMs: wallNowMs } });
  }

  /** The next entry is no longer in the log (rules RL-5, WA-6), nor in the history of the room (rule HI-4). */
  #fallenOff(): Gap | undefined {
    const lost = fallenOff(this.#feed.log, this.#number);
    if (lost === undefined) return undefined;
    const missing = this.#missing(lost.to);
    if (missing === undefined) return undefined;
    const isOpen = this.#number === this.#openStart && !this.#isPastOver;
    if (!isOpen || missing.reason !== GapReason.LOG_TRIMMED) return { from: lost.from, ...missing };
    this.#number = missing.to;
    this.#openStart = missing.to;
    return this.#fallenOff();
  }

  #missing(to: number): MissingPast | undefined {
    if (this.#isPastOver) return { to, reason: GapReason.LOG_TRIMMED };
    const past = this.#readPast();
    return past !== "wait" && "to" in past ? past : undefined;
  }

  /** What comes next, which the log does not hold any more. */
  #readPast(): ReturnType<PastReader["next"]> {
    this.#past ??= new PastReader(this.#parts.reads, () => this.onAdvance());
    return this.#past.next(this.#feed, this.#number);
  }

  get #isInPast(): boolean {
    return this.#number < this.#feed.log.first - 1;
  }

  /** Reads on for one message in what the log does not hold any more. */
  #pastBatch(end: number): Pick<WatchBatch, "number" | "message"> | "wait" {
    const { bounds } = this.#parts;
    const events: WatchEvent[] = [];
    const scanEnd = Math.min(end, this.#number + bounds.watchScanEntriesMax);
    let bytes = 0;
    while (this.#number < scanEnd && this.#isInPast) {
      const entry = this.#readPast();
      if (entry === "wait" && bytes === 0) return entry;
      // What is missing is told at the next pull.
      if (entry === "wait" || "to" in entry) break;
      const event = this.#eventFor(entry);
      bytes += entry.body.length + eventOverheadBytes;
      if (events.length > 0 && bytes > bounds.outboundFrameBytesMax) break;
      this.#number++;
      if (event !== undefined) events.push(event);
    }
    return { number: this.#number, message: this.#dataOf(events) };
  }

  #dataOf(events: WatchEvent[]): WatchResponse | undefined {
    return events.length > 0 ? this.#message({ case: "data", value: { events } }) : undefined;
  }

  #pullGap({ from, to, reason }: Gap): WatchResponse {
    this.#gap = undefined;
    const { history, log } = this.#feed;
    const isOther = reason === GapReason.EPOCH_CHANGED && history !== undefined;
    // What is kept of another life is not read to whoever has read it there.
    this.#number = isOther ? log.first - 1 : to;
    return this.#message({
      case: "gap",
      value: { from: BigInt(from), to: BigInt(to), reason },
    });
  }

  /** Reads on for one message, or takes what another watch has just read at the same place. */
  #batch(end: number): WatchBatch {
    const { bounds, kinds, events } = this.#parts;
    const feed = this.#feed;
    const from = this.#number;
    const scanEnd = Math.min(end, from + bounds.watchScanEntriesMax);
    const { batch } = events;
    const isSame =
      batch?.from === from && batch.scanEnd === scanEnd && batch.epoch === feed.about.epoch;
    if (kinds === undefined && isSame) return batch;
    const read = this.#read(from, scanEnd);
    if (kinds === undefined) events.batch = read;
    return read;
  }

  #read(from: number, scanEnd: number): WatchBatch {
    const { bounds } = this.#parts;
    const feed = this.#feed;
    const events: WatchEvent[] = [];
    let number = from;
    let bytes = 0;
    for (; number < scanEnd; number++) {
      const entry = feed.log.get(number + 1);
      const event = entry === undefined ? undefined : this.#eventFor(entry);
      if (entry === undefined || event === undefined) continue;
      bytes += entry.body.length + eventOverheadBytes;
      if (events.length > 0 && bytes > bounds.outboundFrameBytesMax) break;
      events.push(event);
    }
    const { epoch } = feed.about;
    const message =
      events.length > 0
        ? messageAt({ epoch, number }, { case: "data", value: { events } })
        : undefined;
    return { epoch, from, scanEnd, number, message };
  }

  /** The event, unless it is for certain players only, or of a kind not asked for (rule WA-3). */
  #eventFor(entry: LogEntry): WatchEvent | undefined {
    const { events, kinds } = this.#parts;
    const feed = this.#feed;
    if (entry.audience !== undefined) return undefined;
    const event = events.of(feed.about, entry);
    return kinds === undefined || kinds.has(event.kind) ? event : undefined;
  }

  #message(message: Content): WatchResponse {
    return messageAt({ epoch: this.#feed.about.epoch, number: this.#number }, message);
  }
}

function messageAt(position: WatchPosition, message: Content): WatchResponse {
  return create(WatchResponseSchema, { cursor: encodeWatchCursor(position), message });
}
