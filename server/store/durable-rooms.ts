import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Counters } from "../observe/counters.ts";
import type { Journal } from "../observe/journal.ts";
import type { Log } from "../observe/log.ts";
import type { MadeRecord, RecordSink } from "../room/durable/output-gate.ts";
import { sealImage } from "../room/image/seal.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomHost } from "../rooms/host.ts";
import { RecordWriter } from "./record-writer.ts";
import { RoomPast } from "./room-past.ts";
import type { RoomStore, SavedRoom, StoredRoom } from "./room-store.ts";

interface DurableRoomsParts {
  readonly store: Pick<RoomStore, "write" | "readEvents" | "name">;
  readonly clock: Clock;
  readonly log: Log;
  /** Rooms that are in the store and could not be picked up: what is held of them stays as it is. */
  readonly setAside: ReadonlySet<string>;
  /** Another node has this room by now. */
  readonly onRefused: (roomId: string) => void;
}

/** When an image takes the place of the next record: after so many, so many bytes of them, or so long after the first. */
const recordsMax = 1_000;
const recordBytesMax = 1_048_576;
const recordsAgeMsMax = 60_000;

/** Of an engine, what its durable rooms need. */
export interface StoringEngine {
  readonly rooms: Pick<RoomHost, "takeImage" | "all">;
  readonly counters: Pick<Counters, "recordsStored">;
  readonly journal: Pick<Journal, "add">;
}

/** The durable rooms of a server: what they do is stored record by record, and shown when it is (rules DU). */
export class DurableRooms {
  readonly #parts: DurableRoomsParts;
  readonly #writer: RecordWriter;
  /** Where the histories of rooms begin and end that were in the store. */
  readonly #kept = new Map<string, StoredRoom["kept"]>();
  /** Of rooms that keep one. */
  readonly #pasts = new WeakMap<LiveRoom, RoomPast>();
  readonly #sinks = new WeakMap<LiveRoom, RoomSink>();
  #engine: StoringEngine | undefined;

  constructor(parts: DurableRoomsParts) {
    this.#parts = parts;
    const { store, clock, log, onRefused } = parts;
    const onStalled = (isStalled: boolean, why: unknown): void => this.#onStalled(isStalled, why);
    this.#writer = new RecordWriter({ store, clock, log, onStalled, onRefused });
  }

  /** Whose rooms they are. */
  begin(engine: StoringEngine): void {
    this.#engine = engine;
  }

  /**
   * Where the records of a room go; undefined: it is not durable.
   * @throws RoomlineError `storage-failed`: what is stored under its id cannot be read, and is not to be written over
   */
  readonly sinkOf = (room: LiveRoom): RecordSink | undefined => {
    if (room.config.durability !== "durable") return undefined;
    if (this.#parts.setAside.has(room.roomId)) throw isSetAside(room.roomId);
    const { store, clock } = this.#parts;
    const past = room.config.history && new RoomPast({ room, store, clock });
    if (past !== undefined) this.#pasts.set(room, past);
    const sink = new RoomSink({
      ...{ room, past, clock },
      writer: this.#writer,
      takeImage: () => this.#imageOf(room),
      onStored: () => this.#engine && this.#engine.counters.recordsStored++,
    });
    this.#sinks.set(room, sink);
    return sink;
  };

  /** A room was in the store, with this of its history. */
  remember({ roomId, kept }: Pick<StoredRoom, "roomId" | "kept">): void {
    this.#kept.set(roomId, kept);
  }

  /**
   * What becomes of the history of a room that is about to go on here: of one that was brought back it has all that the room shows, and
   * nothing else.
   */
  historyOf(room: LiveRoom): Pick<SavedRoom, "events" | "history"> {
    const { roomId } = room;
    const isBack = this.#kept.has(roomId);
    const kept = this.#kept.get(roomId);
    this.#kept.delete(roomId);
    const past = this.#pasts.get(room);
    // Its type keeps none any more.
    if (past === undefined) return { history: { sinceMs: Infinity, bytesMax: 0 } };
    return isBack ? past.pickUp(kept) : { history: past.kept };
  }

  /** Stores a room that stands still as one that sleeps, and calls back when that is there. It may go on meanwhile: it is stored anew then. */
  storeAsleep(room: LiveRoom, saved: SavedRoom, onStored: () => void): void {
    this.#sinks.get(room)?.beginAnew();
    const past = this.#pasts.get(room);
    this.#writer.image({ ...saved, ...(past && { history: past.kept }) }, onStored);
  }

  /** The least number of a client's resume tokens that is good; undefined: it is at home here no more. */
  note(clientId: string, token: number | undefined): void {
    this.#writer.note(clientId, token);
  }

  /** Stores a room that stands still as it is. Resolves when that is done; rejects with `room-moved`: another node has it by now. */
  keep(image: SavedRoom): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writer.image(image, resolve, () => reject(isElsewhere(image.roomId)));
    });
  }

  /** Nothing more is stored, once what is on its way is there. */
  end(): Promise<void> {
    return this.#writer.end();
  }

  #imageOf(room: LiveRoom): Uint8Array {
    if (this.#engine === undefined) throw new Error("There are no rooms yet.");
    return sealImage(this.#engine.rooms.takeImage(room, true));
  }

  #onStalled(isStalled: boolean, err: unknown): void {
    const { log, store } = this.#parts;
    const detail = isStalled ? "storage-failed: durable rooms stand still" : "durable rooms go on";
    this.#engine?.journal.add("storage", { detail });
    if (isStalled) {
      const text = "storage-failed: durable rooms stand still until they can be stored";
      log.error({ err, store: store.name }, text);
      return;
    }
    log.warn({ store: store.name }, "durable rooms can be stored again, and go on");
    for (const room of this.#engine?.rooms.all() ?? []) room.wake();
  }
}

interface RoomSinkParts {
  readonly room: LiveRoom;
  /** Undefined: the room keeps no history. */
  readonly past: RoomPast | undefined;
  readonly writer: RecordWriter;
  readonly clock: Clock;
  readonly takeImage: () => Uint8Array;
  readonly onStored: () => unknown;
}

/** Where the records of one room go. */
class RoomSink implements RecordSink {
  readonly #parts: RoomSinkParts;
  #records = 0;
  #bytes = 0;
  /** When the first record after the image was stored; undefined: there is none. */
  #firstMs: number | undefined;
  /** An instance begins with an image: the store has none of it, or one of another instance. */
  #hasImage = false;

  constructor(parts: RoomSinkParts) {
    this.#parts = parts;
  }

  get isStalled(): boolean {
    return this.#parts.writer.isStalled;
  }

  get history(): RoomPast | undefined {
    return this.#parts.past;
  }

  /** What is held of the room does not go on: the next record is an image. */
  beginAnew(): void {
    this.#hasImage = false;
  }

  get wantsImage(): boolean {
    if (!this.#hasImage || this.#records >= recordsMax || this.#bytes >= recordBytesMax)
      return true;
    return (
      this.#firstMs !== undefined && this.#parts.clock.now() - this.#firstMs >= recordsAgeMsMax
    );
  }

  store(n: number, { record, entries }: MadeRecord, onStored: () => void): void {
    const { room, writer, clock, past } = this.#parts;
    const { roomId } = room;
    const events = past?.eventsOf(entries, clock.wallNow());
    const stored = (): void => {
      this.#parts.onStored();
      onStored();
    };
    if (record !== undefined) {
      this.#records++;
      this.#bytes += record.length;
      this.#firstMs ??= clock.now();
      writer.record({ roomId, n, bytes: record, ...(events !== undefined && { events }) }, stored);
      return;
    }
    const image = this.#parts.takeImage();
    this.#records = 0;
    this.#bytes = 0;
    this.#firstMs = undefined;
    this.#hasImage = true;
    const { roomType } = room;
    const saved = { roomId, roomType, savedAtMs: clock.wallNow(), image };
    const history = past && { history: past.kept };
    writer.image(
      { ...saved, ...history, ...(events !== undefined && { events: [events] }) },
      stored,
    );
  }

  end(onEnded: () => void): void {
    const { room, writer } = this.#parts;
    writer.drop(room.roomId, onEnded);
  }
}

function isElsewhere(roomId: string): RoomlineError {
  return new RoomlineError("room-moved", `Another node has room "${roomId}" by now.`);
}

function isSetAside(roomId: string): RoomlineError {
  return new RoomlineError(
    "storage-failed",
    `What is stored of room "${roomId}" cannot be picked up, and is not written over: see why in the log of the server, or drop it (roomline store drop).`,
  );
}
