import { create, fromBinary } from "@bufbuild/protobuf";
import {
  Codec,
  ServerMessageSchema,
  type Kind,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import {
  WatchEventSchema,
  type WatchEvent,
  type WatchResponse,
} from "../../../shared/gen/roomline/v1/watch_pb.ts";
import type { LogEntry, RoomAbout } from "../../feed/feed.ts";
import { encodeWatchCursor } from "./watch-cursor.ts";

const utf8 = new TextDecoder();

/** What a watch that wants all kinds reads at a place of a log. */
export interface WatchBatch {
  readonly epoch: string;
  /** The cursor before it, and up to where is read. */
  readonly from: number;
  readonly scanEnd: number;
  /** The cursor behind it. */
  readonly number: number;
  /** Undefined: no event was for the watch. */
  readonly message: WatchResponse | undefined;
}

/**
 * The events of all rooms as watches carry them: made of a log entry once, when the first watch reads it, and gone with
 * the entry.
 */
export class WatchEvents {
  /** What was read last. Watches read one after the other when a room publishes, most of them the same. */
  batch: WatchBatch | undefined;
  /** By entry: a feed has one object for each. */
  readonly #made = new WeakMap<LogEntry, WatchEvent>();
  readonly #kinds = new WeakMap<RoomAbout, ReadonlyMap<number, Kind>>();

  of(about: RoomAbout, entry: LogEntry): WatchEvent {
    const known = this.#made.get(entry);
    if (known !== undefined) return known;
    const made = watchEventOf(entry, about.epoch, this.#kindsOf(about));
    this.#made.set(entry, made);
    return made;
  }

  /** The kinds of events of a room, by number. */
  #kindsOf(about: RoomAbout): ReadonlyMap<number, Kind> {
    const known = this.#kinds.get(about);
    if (known !== undefined) return known;
    const kinds = new Map(about.contract.events.map((kind) => [kind.number, kind]));
    this.#kinds.set(about, kinds);
    return kinds;
  }
}

function watchEventOf(
  entry: LogEntry,
  epoch: string,
  kinds: ReadonlyMap<number, Kind>,
): WatchEvent {
  const { body } = fromBinary(ServerMessageSchema, entry.body);
  // The room's publisher writes nothing else into its log.
  if (body.case !== "event") throw new Error(`Entry ${entry.cursor} of a log is no event.`);
  const { cursor: number, kind, payload, sender, timeMs } = body.value;
  const { name, codec } = kinds.get(kind) ?? { name: "", codec: undefined };
  return create(WatchEventSchema, {
    cursor: encodeWatchCursor({ epoch, number: entry.cursor }),
    number,
    kind: name,
    payload:
      codec === Codec.JSON
        ? { case: "json", value: utf8.decode(payload) }
        : { case: "binary", value: payload },
    sender,
    timeMs,
  });
}
