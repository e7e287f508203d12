import { closeReasons } from "../shared/close-reason.ts";
import type { EngineConfig } from "./config.ts";
import type { Engine, EngineParts } from "./engine.ts";
import { createLoneNode, type LoneNode } from "./nodes/lone-node.ts";
import type { RoomTypeConfig } from "./room/config.ts";
import type { LiveRoom } from "./room/live-room.ts";
import type { SleepingRoom } from "./rooms/sleeping-room.ts";
import { openContents } from "./store/open-contents.ts";
import { readReturning, renumber, tellFault, type ReturningRoom } from "./store/read-room.ts";
import { RoomSleep } from "./store/room-sleep.ts";
import { RoomWriters } from "./store/room-writers.ts";
import { readAsleep } from "./store/told-asleep.ts";
import type {
  AsleepRoom,
  RoomStore,
  SavedRoom,
  StoreContents,
  StoredClient,
  StoredRoom,
} from "./store/room-store.ts";

/** Of an engine, what its stored rooms need. */
type StoringEngine = Pick<Engine, "rooms" | "counters" | "journal" | "sessions" | "timers">;

/** The rooms of a process that are kept in a store. */
export interface KeptRooms {
  /** What an engine needs for it. */
  readonly engineParts: Pick<EngineParts, "node" | "onCommitted" | "onRoom" | "sinkOf">;
  /** The engine is there, and nobody has come. Rejects with `storage-failed`. */
  begin(engine: StoringEngine): Promise<void>;
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
  /** Undefined: rooms of no type sleep. */
  #sleep: RoomSleep | undefined;
  /** How many are back. */
  #back = 0;
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
    return new StoredRooms(config, store, await openContents(store, config.log));
  }

  get engineParts(): Required<KeptRooms["engineParts"]> {
    const { onRoom, ...events } = this.#writers.events;
    return {
      ...{ node: this.#lone.node, ...events },
      onRoom: {
        onCreated: (room) => {
          onRoom.onCreated(room);
          this.#sleep?.onOpen(room);
        },
        onWoken: (room) => this.#sleep?.onOpen(room),
        onClosed: (room, reason) => onRoom.onClosed(room, reason),
      },
    };
  }

  /** Brings the rooms back. One that cannot be is logged and left in the store as it is. */
  async begin(engine: StoringEngine): Promise<void> {
    const { rooms } = engine;
    const { clock, log } = this.#config;
    const { setAside } = this.#writers;
    const before = clock.now();
    const read = this.#contents.rooms.flatMap((stored) => this.#read(stored) ?? []);
    const asleep = await this.#stillAsleep(read);
    this.#writers.begin(engine);
    this.#beginSleep(engine);
    // Lists of rooms are in the order in which they were made.
    const all = [
      ...read.map((one) => ({ at: one.image.createdAtMs, begin: () => this.#pickUp(one, rooms) })),
      ...asleep.map((room) => ({ at: room.createdWallMs, begin: () => this.#leaveAsleep(room) })),
    ].sort((a, b) => a.at - b.at);
    for (const { begin } of all) await begin();
    this.#writers.follow(rooms);
    // What is in the store is not the last of these rooms any more.
    const saved = this.#savedAnew(rooms);
    await this.#store.write({ saved, dropped: [], noted: this.#noted(rooms) });
    if (this.#contents.rooms.length + asleep.length > 0) {
      const tookMs = Math.round(clock.now() - before);
      const facts = { rooms: this.#back, asleep: asleep.length, setAside: setAside.size, tookMs };
      log.info(facts, "stored rooms are back");
    }
  }

  #beginSleep({ rooms, sessions, timers }: StoringEngine): void {
    const { clock, ids, limits, log, roomTypes } = this.#config;
    if (![...roomTypes.values()].some(mayRoomsSleep)) return;
    const { roomsAsleepMax } = limits;
    const parts = { rooms, sessions, timers, writers: this.#writers, store: this.#store };
    this.#sleep = new RoomSleep({ ...parts, clock, ids, log, roomsAsleepMax });
    rooms.sleepBy(this.#sleep);
  }

  /** Rooms that were asleep and may sleep on. Those that may not are read, as all others. */
  async #stillAsleep(read: ReturningRoom[]): Promise<SleepingRoom[]> {
    const asleep: SleepingRoom[] = [];
    for (const told of this.#contents.asleep ?? []) {
      const room = this.#sleepsOn(told);
      if (room !== undefined) {
        asleep.push(room);
        continue;
      }
      const [stored] = await this.#store.read([told.roomId]);
      const one = stored && this.#read(stored);
      if (one !== undefined) read.push(one);
    }
    return asleep;
  }

  /** A room that begins asleep; undefined: it is to be there, for it has seats that are kept, or its type has other rules by now. */
  #sleepsOn(told: AsleepRoom): SleepingRoom | undefined {
    const config = this.#config.roomTypes.get(told.roomType);
    if (config === undefined || !mayRoomsSleep(config)) return undefined;
    return readAsleep(told, config, this.#config.clock);
  }

  /** It has its place in lists all the same, and nobody else may make it. */
  async #leaveAsleep(room: SleepingRoom): Promise<void> {
    const { node } = this.#lone;
    await node.holding(room.roomId, () => {
      room.ordinal = node.ordinalOf(room.roomId);
      this.#sleep?.leave(room);
    });
  }

  /** Durable rooms, in place of what was held of them: they go on in other instances, and some of them in other lives. */
  #savedAnew(rooms: Engine["rooms"]): SavedRoom[] {
    const { log } = this.#config;
    return [...rooms.all()].flatMap((room) => {
      if (room.config.durability !== "durable") return [];
      const { roomId, roomType } = room;
      try {
        return this.#writers.savedAnew(room, rooms.takeImage(room));
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
    this.#sleep?.end();
    this.#clients = this.#lone.clients();
    this.#down = this.#writers.putDown();
  }

  async end(): Promise<void> {
    const end = { reason: closeReasons.draining, detail: "The server stopped." };
    for (const room of this.#down) room.feed.close(end);
    await this.#writers.end(this.#clients);
  }

  #read(stored: StoredRoom): ReturningRoom | undefined {
    try {
      return readReturning(stored, this.#config, this.#contents.mayLackTail === true);
    } catch (err) {
      this.#leave(stored, err);
      return undefined;
    }
  }

  async #pickUp(room: ReturningRoom, rooms: Engine["rooms"]): Promise<void> {
    const { stored, config, image, how } = room;
    this.#writers.remember(stored);
    renumber(image, 0);
    try {
      await this.#lone.node.holding(stored.roomId, () => rooms.restoreRoom(config, image, how));
    } catch (err) {
      this.#leave(stored, err);
      return;
    }
    this.#back++;
    tellFault(this.#config.log, room);
  }

  #leave({ roomId, roomType }: StoredRoom, err: unknown): void {
    this.#writers.setAside.add(roomId);
    this.#config.log.error(
      { err, room: roomId, roomType },
      "a stored room cannot be picked up: it is left in the store as it is",
    );
  }
}

function mayRoomsSleep({ durability, sleepAfterMs }: RoomTypeConfig): boolean {
  return durability === "durable" && sleepAfterMs < Infinity;
}
