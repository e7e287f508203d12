import { closeReasons } from "../shared/close-reason.ts";
import type { EngineConfig } from "./config.ts";
import type { Engine, EngineParts } from "./engine.ts";
import { createLoneNode, type LoneNode } from "./nodes/lone-node.ts";
import type { LiveRoom } from "./room/live-room.ts";
import { mayHaveSeenMore, readStored, unknownType, type ReadRoom } from "./store/read-room.ts";
import { RoomWriters } from "./store/room-writers.ts";
import type {
  RoomStore,
  SavedRoom,
  StoreContents,
  StoredClient,
  StoredRoom,
} from "./store/room-store.ts";

/** The rooms of a process that are kept in a store. */
export interface KeptRooms {
  /** What an engine needs for it. */
  readonly engineParts: Pick<EngineParts, "node" | "onCommitted" | "onRoom" | "sinkOf">;
  /** The engine is there, and nobody has come. Rejects with `storage-failed`. */
  begin(engine: Pick<Engine, "rooms" | "counters" | "journal">): Promise<void>;
  /** Puts the rooms down, while their players are still connected: they do not hear of it, and come back for their seats. */
  putDown(): void;
  /** Writes the rooms that were put down, once nobody is connected, and closes the store. Rejects with `storage-failed`. */
  end(): Promise<void>;
}

/** The stored rooms of a server of one process: brought back at its start, written while they go on, and put down at its end. */
export class StoredRooms implements KeptRooms {
  readonly #config: EngineConfig;
  readonly #store: RoomStore;
  readonly #contents: StoreContents;
  readonly #writers: RoomWriters;
  readonly #lone: LoneNode;
  #down: readonly LiveRoom[] = [];
  #clients: ReturnType<LoneNode["clients"]> = [];

  private constructor(config: EngineConfig, store: RoomStore, contents: StoreContents) {
    this.#config = config;
    this.#store = store;
    this.#contents = contents;
    this.#writers = new RoomWriters({ ...config, store });
    this.#lone = createLoneNode(config, {
      ...contents,
      onToken: (clientId, token) => this.#writers.note(clientId, token),
    });
  }

  /** Opens the store. Rejects with RoomlineError `storage-failed`, `invalid-config`. */
  static async open(config: EngineConfig, store: RoomStore): Promise<StoredRooms> {
    return new StoredRooms(config, store, await store.open());
  }

  get engineParts(): Required<KeptRooms["engineParts"]> {
    return { node: this.#lone.node, ...this.#writers.events };
  }

  /** Brings the rooms back. One that cannot be is logged and left in the store as it is. */
  async begin(engine: Pick<Engine, "rooms" | "counters" | "journal">): Promise<void> {
    const { rooms } = engine;
    const { clock, log } = this.#config;
    const { setAside } = this.#writers;
    const before = clock.now();
    const read = this.#contents.rooms.flatMap((stored) => this.#read(stored) ?? []);
    // Lists of rooms are in the order in which they were made.
    read.sort((a, b) => a.image.createdAtMs - b.image.createdAtMs);
    this.#writers.begin(engine);
    for (const one of read) await this.#pickUp(one, rooms);
    this.#writers.follow(rooms);
    // What is in the store is not the last of these rooms any more.
    const saved = this.#savedAnew(rooms);
    await this.#store.write({ saved, dropped: [], noted: this.#noted(rooms) });
    const back = read.length - setAside.size;
    if (this.#contents.rooms.length > 0) {
      const tookMs = Math.round(clock.now() - before);
      log.info({ rooms: back, setAside: setAside.size, tookMs }, "stored rooms are back");
    }
  }

  /** Durable rooms, in place of what was held of them: they go on in other instances, and some of them in other lives. */
  #savedAnew(rooms: Engine["rooms"]): SavedRoom[] {
    const { log } = this.#config;
    return [...rooms.all()].flatMap((room) => {
      if (room.config.durability !== "durable") return [];
      const { roomId, roomType } = room;
      try {
        return this.#writers.savedOf(rooms.takeImage(room));
      } catch (err) {
        // It says so again at its first commit, and what is stored of it is good until then.
        log.error({ err, room: roomId, roomType }, "a room could not be written down");
        return [];
      }
    });
  }

  /** Clients of before that have seats. */
  #noted(rooms: Engine["rooms"]): StoredClient[] {
    if (!this.#writers.areDurable) return [];
    const seated = new Set<string>();
    for (const room of rooms.all()) for (const id of room.context.players.keys()) seated.add(id);
    return this.#contents.clients.filter(({ clientId }) => seated.has(clientId));
  }

  putDown(): void {
    this.#clients = this.#lone.clients();
    this.#down = this.#writers.putDown();
  }

  async end(): Promise<void> {
    const end = { reason: closeReasons.draining, detail: "The server stopped." };
    for (const room of this.#down) room.feed.close(end);
    await this.#writers.end(this.#clients);
  }

  #read(stored: StoredRoom): ReadRoom | undefined {
    try {
      return readStored(stored);
    } catch (err) {
      this.#leave(stored, err);
      return undefined;
    }
  }

  async #pickUp(read: ReadRoom, rooms: Engine["rooms"]): Promise<void> {
    const { stored, image, since, fault } = read;
    const { roomTypes, ids, log } = this.#config;
    const { roomId, roomType } = stored;
    const config = roomTypes.get(roomType);
    const isNewLife = mayHaveSeenMore(read, config, this.#contents.mayLackTail === true);
    if (isNewLife) image.epoch = ids.id();
    // It gets a new place in lists, as all rooms of this start.
    image.ordinal = 0n;
    // Homes are numbered anew, too.
    for (const seat of image.seats?.seats ?? []) seat.home = 0n;
    try {
      if (config === undefined) throw unknownType(roomType);
      await this.#lone.node.holding(roomId, () =>
        rooms.restoreRoom(config, image, { why: "recovered", keepsSeats: !isNewLife, since }),
      );
    } catch (err) {
      this.#leave(stored, err);
      return;
    }
    if (fault !== undefined)
      log.error(
        { err: fault, room: roomId, roomType },
        "a record of a stored room cannot be read: the room goes on from the one before, in a new life",
      );
  }

  #leave({ roomId, roomType }: StoredRoom, err: unknown): void {
    this.#writers.setAside.add(roomId);
    this.#config.log.error(
      { err, room: roomId, roomType },
      "a stored room cannot be picked up: it is left in the store as it is",
    );
  }
}
