import { create } from "@bufbuild/protobuf";
import type { Clock } from "../../shared/clock.ts";
import {
  KindSchema,
  type Codec,
  type ContractTable as WireTable,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { HistoryAsk, HistoryPage, LogEntry, RoomHistory } from "../feed/feed.ts";
import { entryToWire, keptEntryOfWire } from "../feed/record-codec.ts";
import { openRecord } from "../room/durable/record.ts";
import { encodeRecord } from "../room/durable/record-encoder.ts";
import { entryAdapter } from "../room/image/adapt.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { KeptHistory, RoomStore, SavedEvents, SavedRoom, StoredRoom } from "./room-store.ts";

interface RoomPastParts {
  readonly room: LiveRoom;
  readonly store: Pick<RoomStore, "readEvents">;
  readonly clock: Clock;
}

/** What of a log goes into the store in one piece, in bytes, when a history begins with it. */
const pieceBytes = 32_768;

/** What else a record has. */
const noMoment = { n: 0, term: 0, tick: 0 };
const nothing = { patch: undefined, hidden: undefined, inputs: [], saved: undefined };

type WireKinds = WireTable["events"];

/** The history of one durable room: it is written with its records, and read page by page (rules HI). */
export class RoomPast implements RoomHistory {
  readonly #parts: RoomPastParts;
  /** The events of the room's contract, as text. */
  readonly #kinds: string;
  #first = 1;

  constructor(parts: RoomPastParts) {
    this.#parts = parts;
    this.#kinds = kindsText(parts.room.config.contractWire.events);
  }

  get first(): number {
    return this.#first;
  }

  /** How much of it is kept by now. */
  get kept(): KeptHistory {
    const { room, clock } = this.#parts;
    const { keepMs = 0, bytesMax = 0 } = room.config.history ?? {};
    return { sinceMs: clock.wallNow() - keepMs, bytesMax };
  }

  /** New entries of the log, as the store keeps them; undefined: there are none. */
  eventsOf(entries: readonly LogEntry[], atMs: number): SavedEvents | undefined {
    const [oldest] = entries;
    const newest = entries.at(-1);
    if (oldest === undefined || newest === undefined) return undefined;
    const bytes = encodeRecord({ ...noMoment, atMs }, nothing, {
      entries: entries.map(entryToWire),
    });
    return { first: oldest.cursor, last: newest.cursor, atMs, kinds: this.#kinds, bytes };
  }

  /**
   * The room was brought back with this history: what was never shown of it goes, and what the log has and the history does not comes into
   * it, as when the room has kept none so far.
   */
  pickUp(stored: StoredRoom["kept"]): Required<Pick<SavedRoom, "events" | "history">> {
    const { room, clock } = this.#parts;
    const { log } = room.feed;
    const { head } = log;
    const last = Math.min(head, stored?.last ?? 0);
    this.#first = stored === undefined || stored.first > head ? log.first : stored.first;
    const events: SavedEvents[] = [];
    const { entries, agesMs } = log.image(clock.now());
    let piece: LogEntry[] = [];
    let bytes = 0;
    for (const [at, entry] of entries.entries()) {
      if (entry.cursor <= last) continue;
      piece.push(entry);
      bytes += entry.body.length;
      if (bytes < pieceBytes && at < entries.length - 1) continue;
      const some = this.eventsOf(piece, clock.wallNow() - (agesMs[at] ?? 0));
      if (some !== undefined) events.push(some);
      piece = [];
      bytes = 0;
    }
    return { events, history: { ...this.kept, head } };
  }

  async read({ after, bytesMax }: HistoryAsk): Promise<HistoryPage> {
    const { room, store } = this.#parts;
    const { roomId } = room;
    const { sinceMs } = this.kept;
    const { first, events } = await store.readEvents({ roomId, after, sinceMs, bytesMax });
    this.#first = first === 0 ? room.feed.log.first : first;
    const entries: LogEntry[] = [];
    let isDamaged = false;
    for (const some of events) {
      const read = this.#entriesOf(some);
      if (read === undefined) isDamaged = true;
      // Two pieces may overlap: what was on its way at the end of a server is shown at the start of the next.
      for (const entry of read ?? [])
        if (entry.cursor > (entries.at(-1)?.cursor ?? after)) entries.push(entry);
    }
    return { after, entries, end: events.at(-1)?.last ?? after, first, isDamaged };
  }

  /** Undefined: it is not what was written. */
  #entriesOf({ kinds, bytes }: SavedEvents): LogEntry[] | undefined {
    try {
      const { entries } = openRecord(bytes);
      if (kinds === this.#kinds) return entries.map(keptEntryOfWire);
      const adapt = entryAdapter(kindsOf(kinds), this.#parts.room.config.contractWire.events);
      return entries.map((entry) => keptEntryOfWire(adapt(entry)));
    } catch {
      return undefined;
    }
  }
}

/** What matters of kinds of events, as text. */
function kindsText(kinds: WireKinds): string {
  return JSON.stringify(
    kinds.map(({ number, name, codec, messageType }) => [number, name, codec, messageType]),
  );
}

function kindsOf(text: string): WireKinds {
  const kinds = JSON.parse(text) as [number: number, name: string, codec: Codec, type: string][];
  return kinds.map(([number, name, codec, messageType]) =>
    create(KindSchema, { number, name, codec, messageType }),
  );
}
