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

  constructor(parts: WatchStreamParts) {
    const { feed, from } = parts;
    const { head, first } = feed.log;
    const { epoch } = feed.about;
    this.#parts = parts;
    this.#feed = feed;
    this.#backlogEnd = head;
    if (typeof from === "string") {
      this.#number = from === "live" ? head : first - 1;
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
      const { number, message } = this.#batch(end);
      this.#number = number;
      if (message !== undefined) return message;
      if (number < end) return "more";
    }
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

  /** The next entry is no longer in the log (rules RL-5, WA-6). */
  #fallenOff(): Gap | undefined {
    const lost = fallenOff(this.#feed.log, this.#number);
    return lost && { ...lost, reason: GapReason.LOG_TRIMMED };
  }

  #pullGap({ from, to, reason }: Gap): WatchResponse {
    this.#gap = undefined;
    this.#number = to;
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
