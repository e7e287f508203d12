import { closeReasons } from "../shared/close-reason.ts";
import { RoomlineError } from "../shared/errors.ts";
import type { RoomImage } from "../shared/gen/roomline/room/v1/image_pb.ts";
import type { EngineConfig } from "./config.ts";
import type { Engine, EngineParts } from "./engine.ts";
import { createLoneNode, type LoneNode } from "./nodes/lone-node.ts";
import { openImage } from "./room/image/seal.ts";
import type { LiveRoom } from "./room/live-room.ts";
import { Checkpoints } from "./store/checkpoints.ts";
import type { RoomStore, SavedRoom, StoreContents, StoredRoom } from "./store/room-store.ts";

/** The rooms of a server that are kept in a store: brought back at its start, written while they go on, and put down at its end. */
export class StoredRooms {
  readonly #config: EngineConfig;
  readonly #store: RoomStore;
  readonly #contents: StoreContents;
  readonly #lone: LoneNode;
  readonly #setAside = new Set<string>();
  #checkpoints: Checkpoints | undefined;
  #down: readonly LiveRoom[] = [];
  #saved: readonly SavedRoom[] = [];
  #clients: ReturnType<LoneNode["clients"]> = [];

  private constructor(config: EngineConfig, store: RoomStore, contents: StoreContents) {
    this.#config = config;
    this.#store = store;
    this.#contents = contents;
    this.#lone = createLoneNode(config, contents);
  }

  /** Opens the store. Rejects with RoomlineError `storage-failed`, `invalid-config`. */
  static async open(config: EngineConfig, store: RoomStore): Promise<StoredRooms> {
    return new StoredRooms(config, store, await store.open());
  }

  /** What an engine needs for it. */
  get engineParts(): Required<Pick<EngineParts, "node" | "onCommitted" | "onRoom">> {
    return {
      node: this.#lone.node,
      onCommitted: (room) => this.#checkpoints?.onChanged(room),
      onRoom: {
        onCreated: (room) => this.#checkpoints?.onChanged(room),
        onClosed: (room, reason) => this.#checkpoints?.onClosed(room, reason),
      },
    };
  }

  /**
   * Brings the rooms back, before anybody can come. One that cannot be is logged and left in the store as it is. Rejects with
   * `storage-failed`.
   */
  async begin({ rooms }: Pick<Engine, "rooms">): Promise<void> {
    const { clock, limits, log } = this.#config;
    const before = clock.now();
    const read = this.#contents.rooms.flatMap((stored) => this.#read(stored) ?? []);
    // Lists of rooms are in the order in which they were made.
    read.sort((a, b) => a.image.createdAtMs - b.image.createdAtMs);
    for (const one of read) await this.#pickUp(one, rooms);
    this.#checkpoints = new Checkpoints({
      ...{ store: this.#store, rooms, clock, log, setAside: this.#setAside },
      intervalMs: limits.checkpointIntervalMs,
    });
    // What is in the store is not the last of these rooms any more.
    await this.#store.write({ saved: [], dropped: [] });
    const back = read.length - this.#setAside.size;
    if (this.#contents.rooms.length > 0) {
      const tookMs = Math.round(clock.now() - before);
      log.info({ rooms: back, setAside: this.#setAside.size, tookMs }, "stored rooms are back");
    }
  }

  /** Puts the rooms down, while their players are still connected: they do not hear of it, and come back for their seats. */
  putDown(): void {
    this.#clients = this.#lone.clients();
    const { rooms = [], saved = [] } = this.#checkpoints?.putDown() ?? {};
    this.#down = rooms;
    this.#saved = saved;
  }

  /** Writes the rooms that were put down, once nobody is connected, and closes the store. Rejects with `storage-failed`. */
  async end(): Promise<void> {
    const end = { reason: closeReasons.draining, detail: "The server stopped." };
    for (const room of this.#down) room.feed.close(end);
    if (this.#checkpoints === undefined) await this.#store.close();
    else await this.#checkpoints.end(this.#saved, this.#clients);
  }

  #read(stored: StoredRoom): ReadRoom | undefined {
    try {
      return { stored, image: openImage(stored.image) };
    } catch (err) {
      this.#leave(stored, err);
      return undefined;
    }
  }

  async #pickUp({ stored, image }: ReadRoom, rooms: Engine["rooms"]): Promise<void> {
    const { roomTypes, ids } = this.#config;
    const { roomId, roomType, isFinal } = stored;
    const config = roomTypes.get(roomType);
    // Players of before may have seen more than is written: their positions are in a life of the room that is over.
    const mayHaveSeenMore = !isFinal;
    if (mayHaveSeenMore) image.epoch = ids.id();
    // It gets a new place in lists, as all rooms of this start.
    image.ordinal = 0n;
    // Homes are numbered anew, too.
    for (const seat of image.seats?.seats ?? []) seat.home = 0n;
    try {
      if (config === undefined) throw unknownType(roomType);
      await this.#lone.node.holding(roomId, () =>
        rooms.restoreRoom(config, image, { why: "recovered", keepsSeats: !mayHaveSeenMore }),
      );
    } catch (err) {
      this.#leave(stored, err);
    }
  }

  #leave({ roomId, roomType }: StoredRoom, err: unknown): void {
    this.#setAside.add(roomId);
    this.#config.log.error(
      { err, room: roomId, roomType },
      "a stored room cannot be picked up: it is left in the store as it is",
    );
  }
}

interface ReadRoom {
  readonly stored: StoredRoom;
  readonly image: RoomImage;
}

function unknownType(roomType: string): RoomlineError {
  return new RoomlineError(
    "unknown-room-type",
    `There is no room type "${roomType}" any more: give it again, or drop the room (roomline store drop).`,
  );
}
