import { closeReasons } from "../shared/close-reason.ts";
import { safeNumber } from "../shared/codec/safe-number.ts";
import { RoomlineError } from "../shared/errors.ts";
import type { RoomImage } from "../shared/gen/roomline/room/v1/image_pb.ts";
import type { EngineConfig } from "./config.ts";
import type { Engine, EngineParts } from "./engine.ts";
import { createLoneNode, type LoneNode } from "./nodes/lone-node.ts";
import { commitsOf, foldRecords } from "./room/durable/fold-records.ts";
import { readRecords } from "./room/durable/record.ts";
import { openImage, sealImage } from "./room/image/seal.ts";
import type { CommitsSince, LiveRoom } from "./room/live-room.ts";
import type { Durability } from "./room/room-api.ts";
import { Checkpoints } from "./store/checkpoints.ts";
import { DurableRooms } from "./store/durable-rooms.ts";
import type {
  RoomStore,
  SavedRoom,
  StoreContents,
  StoredClient,
  StoredRoom,
} from "./store/room-store.ts";

/** The rooms of a server that are kept in a store: brought back at its start, written while they go on, and put down at its end. */
export class StoredRooms {
  readonly #config: EngineConfig;
  readonly #store: RoomStore;
  readonly #contents: StoreContents;
  readonly #lone: LoneNode;
  readonly #setAside = new Set<string>();
  /** Undefined: no type of room is durable. */
  readonly #durable: DurableRooms | undefined;
  #checkpoints: Checkpoints | undefined;
  #down: readonly LiveRoom[] = [];
  #saved: readonly SavedRoom[] = [];
  #clients: ReturnType<LoneNode["clients"]> = [];

  private constructor(config: EngineConfig, store: RoomStore, contents: StoreContents) {
    this.#config = config;
    this.#store = store;
    this.#contents = contents;
    const { clock, log, roomTypes } = config;
    const isAnyDurable = [...roomTypes.values()].some(({ durability }) => durability === "durable");
    this.#durable = isAnyDurable
      ? new DurableRooms({ store, stored: contents.rooms, clock, log, setAside: this.#setAside })
      : undefined;
    this.#lone = createLoneNode(config, {
      ...contents,
      onToken: (clientId, token) => this.#durable?.note(clientId, token),
    });
  }

  /** Opens the store. Rejects with RoomlineError `storage-failed`, `invalid-config`. */
  static async open(config: EngineConfig, store: RoomStore): Promise<StoredRooms> {
    return new StoredRooms(config, store, await store.open());
  }

  /** What an engine needs for it. */
  get engineParts(): Required<Pick<EngineParts, "node" | "onCommitted" | "onRoom" | "sinkOf">> {
    return {
      node: this.#lone.node,
      sinkOf: (room) => this.#durable?.sinkOf(room),
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
  async begin(engine: Pick<Engine, "rooms" | "counters" | "journal">): Promise<void> {
    const { rooms } = engine;
    const { clock, limits, log } = this.#config;
    const before = clock.now();
    const read = this.#contents.rooms.flatMap((stored) => this.#read(stored) ?? []);
    // Lists of rooms are in the order in which they were made.
    read.sort((a, b) => a.image.createdAtMs - b.image.createdAtMs);
    this.#durable?.begin(engine);
    for (const one of read) await this.#pickUp(one, rooms);
    this.#checkpoints = new Checkpoints({
      ...{ store: this.#store, rooms, clock, log, setAside: this.#setAside },
      intervalMs: limits.checkpointIntervalMs,
    });
    // What is in the store is not the last of these rooms any more.
    const saved = this.#savedAnew(rooms);
    await this.#store.write({ saved, dropped: [], noted: this.#noted(rooms) });
    const back = read.length - this.#setAside.size;
    if (this.#contents.rooms.length > 0) {
      const tookMs = Math.round(clock.now() - before);
      log.info({ rooms: back, setAside: this.#setAside.size, tookMs }, "stored rooms are back");
    }
  }

  /** Durable rooms, in place of what was held of them: they go on in other instances, and some of them in other lives. */
  #savedAnew(rooms: Engine["rooms"]): SavedRoom[] {
    const { clock, log } = this.#config;
    return [...rooms.all()].flatMap((room) => {
      if (room.config.durability !== "durable") return [];
      const { roomId, roomType } = room;
      try {
        const image = sealImage(rooms.takeImage(room));
        const history = this.#durable?.pickUp(room);
        return { roomId, roomType, savedAtMs: clock.wallNow(), image, ...history };
      } catch (err) {
        // It says so again at its first commit, and what is stored of it is good until then.
        log.error({ err, room: roomId, roomType }, "a room could not be written down");
        return [];
      }
    });
  }

  /** Clients of before that have seats. */
  #noted(rooms: Engine["rooms"]): StoredClient[] {
    if (this.#durable === undefined) return [];
    const seated = new Set<string>();
    for (const room of rooms.all()) for (const id of room.context.players.keys()) seated.add(id);
    return this.#contents.clients.filter(({ clientId }) => seated.has(clientId));
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
    await this.#durable?.end();
    if (this.#checkpoints === undefined) await this.#store.close();
    else await this.#checkpoints.end(this.#saved, this.#clients);
  }

  #read(stored: StoredRoom): ReadRoom | undefined {
    try {
      return readStored(stored);
    } catch (err) {
      this.#leave(stored, err);
      return undefined;
    }
  }

  async #pickUp({ stored, image, since, fault }: ReadRoom, rooms: Engine["rooms"]): Promise<void> {
    const { roomTypes, ids, log } = this.#config;
    const { roomId, roomType } = stored;
    const config = roomTypes.get(roomType);
    const mayHaveSeenMore = this.#mayHaveSeenMore({ stored, image, fault }, config?.durability);
    if (mayHaveSeenMore) image.epoch = ids.id();
    // It gets a new place in lists, as all rooms of this start.
    image.ordinal = 0n;
    // Homes are numbered anew, too.
    for (const seat of image.seats?.seats ?? []) seat.home = 0n;
    try {
      if (config === undefined) throw unknownType(roomType);
      await this.#lone.node.holding(roomId, () =>
        rooms.restoreRoom(config, image, { why: "recovered", keepsSeats: !mayHaveSeenMore, since }),
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

  /** Whether players of before may have seen more than is written: then their positions are in a life of the room that is over. */
  #mayHaveSeenMore(
    { stored, image, fault }: Pick<ReadRoom, "stored" | "image" | "fault">,
    durability: Durability | undefined,
  ): boolean {
    if (stored.isFinal) return false;
    // It was written when its type was no durable one.
    if (durability !== "durable" || image.atMs === 0) return true;
    return fault !== undefined || this.#contents.mayLackTail === true;
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
  /** With what its records have, but for its tables. */
  readonly image: RoomImage;
  readonly since: CommitsSince;
  /** Why records after those cannot be read; undefined: there are no others. */
  readonly fault: RoomlineError | undefined;
}

/** @throws RoomlineError `invalid-image` */
function readStored(stored: StoredRoom): ReadRoom {
  const image = openImage(stored.image);
  const { records, fault } = readRecords(stored.records ?? [], safeNumber(image.recordN));
  const since = commitsOf(records);
  foldRecords(image, records);
  return { stored, image, since, fault };
}

function unknownType(roomType: string): RoomlineError {
  return new RoomlineError(
    "unknown-room-type",
    `There is no room type "${roomType}" any more: give it again, or drop the room (roomline store drop).`,
  );
}
