import type { Clock } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Limits } from "../../shared/limits.ts";
import type { Log } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { RecordSink } from "../room/durable/output-gate.ts";
import { sealImage } from "../room/image/seal.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomHost } from "../rooms/host.ts";
import { Checkpoints } from "./checkpoints.ts";
import { DurableRooms, type StoringEngine } from "./durable-rooms.ts";
import type { RoomStore, SavedRoom, StoredClient, StoredRoom } from "./room-store.ts";

interface RoomWritersParts {
  readonly store: RoomStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<Limits, "checkpointIntervalMs">;
  readonly roomTypes: ReadonlyMap<string, RoomTypeConfig>;
  /** Another node has this room by now. Default: there are no others. */
  readonly onRefused?: (roomId: string) => void;
}

/** What an engine tells of its rooms. */
interface RoomEvents {
  readonly sinkOf: (room: LiveRoom) => RecordSink | undefined;
  readonly onCommitted: (room: LiveRoom) => void;
  readonly onRoom: {
    onCreated(room: LiveRoom): void;
    onWoken(): void;
    onClosed(room: LiveRoom, reason: CloseReason): void;
  };
}

/** Writes the rooms of a process to a store while they go on, each as its type says, and puts them down at the end. */
export class RoomWriters {
  /** Rooms that are in the store and could not be picked up: what is held of them stays as it is. */
  readonly setAside = new Set<string>();
  readonly #parts: RoomWritersParts;
  /** Undefined: no type of room is durable. */
  readonly #durable: DurableRooms | undefined;
  #checkpoints: Checkpoints | undefined;
  #saved: readonly SavedRoom[] = [];

  constructor(parts: RoomWritersParts) {
    this.#parts = parts;
    const { store, clock, log, roomTypes, onRefused = () => undefined } = parts;
    const isAnyDurable = [...roomTypes.values()].some(({ durability }) => durability === "durable");
    this.#durable = isAnyDurable
      ? new DurableRooms({ store, clock, log, onRefused, setAside: this.setAside })
      : undefined;
  }

  /** Whether rooms of any type are durable. */
  get areDurable(): boolean {
    return this.#durable !== undefined;
  }

  /** What an engine is to tell. */
  get events(): RoomEvents {
    return {
      sinkOf: (room) => this.#durable?.sinkOf(room),
      onCommitted: (room) => this.#checkpoints?.onChanged(room),
      onRoom: {
        onCreated: (room) => this.#checkpoints?.onChanged(room),
        // Only durable rooms sleep: their records say all.
        onWoken: () => undefined,
        onClosed: (room, reason) => this.#checkpoints?.onClosed(room, reason),
      },
    };
  }

  /** Whose rooms they are. */
  begin(engine: StoringEngine): void {
    this.#durable?.begin(engine);
  }

  /** From now on rooms are written as they go on. */
  follow(rooms: Pick<RoomHost, "takeImage" | "putDown" | "all">): void {
    const { store, clock, log, limits, onRefused = () => undefined } = this.#parts;
    const { setAside } = this;
    const intervalMs = limits.checkpointIntervalMs;
    const parts = { store, rooms, clock, log, setAside, onRefused, intervalMs };
    this.#checkpoints = new Checkpoints(parts);
  }

  /** A room was in the store, with this of its history. */
  remember(stored: Pick<StoredRoom, "roomId" | "kept">): void {
    this.#durable?.remember(stored);
  }

  /** The least number of a client's resume tokens that is good; undefined: it is at home here no more. */
  note(clientId: string, token: number | undefined): void {
    this.#durable?.note(clientId, token);
  }

  /**
   * Stores a room that stands still and is about to go on here; undefined: it is not kept. Rejects with `room-moved`, or with why it cannot
   * be written down.
   */
  keep(room: LiveRoom, image: () => RoomImage): Promise<void> | undefined {
    const { durability } = room.config;
    if (durability === "volatile") return undefined;
    return durability === "durable" ? this.#keepDurable(room, image) : this.#keepCheckpoint(image);
  }

  async #keepDurable(room: LiveRoom, image: () => RoomImage): Promise<void> {
    await this.#durable?.keep(this.savedAnew(room, image()));
  }

  async #keepCheckpoint(image: () => RoomImage): Promise<void> {
    await this.#checkpoints?.keep(this.savedOf(image()));
  }

  /** A durable room that is about to go on here, with what becomes of its history. */
  savedAnew(room: LiveRoom, image: RoomImage): SavedRoom {
    return { ...this.savedOf(image), ...this.#durable?.historyOf(room) };
  }

  /** Stores a room that stands still as one that sleeps, and calls back when that is there. It may go on meanwhile: it is stored anew then. */
  storeAsleep(room: LiveRoom, saved: SavedRoom, onStored: () => void): void {
    this.#durable?.storeAsleep(room, saved, onStored);
  }

  /** A room as it is written now. */
  savedOf(image: RoomImage): SavedRoom {
    const { roomId, roomType } = image;
    const savedAtMs = this.#parts.clock.wallNow();
    return { roomId, roomType, savedAtMs, image: sealImage(image) };
  }

  /** Puts all stored rooms down, at the end of the process. Returns those that were: who reads them has still to be told. */
  putDown(): readonly LiveRoom[] {
    const { rooms = [], saved = [] } = this.#checkpoints?.putDown() ?? {};
    this.#saved = saved;
    return rooms;
  }

  /** Writes the rooms that were put down, with the clients, and closes the store. Rejects with `storage-failed`. */
  async end(clients: readonly StoredClient[]): Promise<void> {
    await this.#durable?.end();
    if (this.#checkpoints === undefined) await this.#parts.store.close();
    else await this.#checkpoints.end(this.#saved, clients);
  }
}
