import { RoomlineError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/clock.ts";
import type {
  EventsAsk,
  EventsPage,
  KeptHistory,
  RoomStore,
  SavedEvents,
  StoreChange,
  StoreContents,
  StoredClient,
  StoredRoom,
} from "../../server/store/room-store.ts";

/** What is on a disk: it outlives the servers that write to it. */
export class Disk {
  readonly rooms = new Map<string, StoredRoom>();
  /** By room, then by their number. */
  readonly records = new Map<string, Map<number, Uint8Array>>();
  /** By room, in their order. */
  readonly events = new Map<string, SavedEvents[]>();
  clients: readonly StoredClient[] = [];
  /** The machine went down: what was written last may be lost. */
  mayLackTail = false;
  /** How long a write takes. */
  writeMs = 3;
  /** How long it takes to read a room or a part of a history, and how often that was done. */
  readMs = 2;
  reads = 0;
  /** How many of the next rooms cannot be read. */
  unreadable = 0;
  /** Rooms that sleep, of which the end may be missing since the machine went down. */
  readonly torn = new Set<string>();
  /** Whether the server that has it hears that a write was done. */
  isHeard = true;
  /** How many of the next writes fail. */
  failing = 0;
  /** How many of the next reads of history fail. */
  readsFailing = 0;
  /** How many were asked for and are not done. */
  reading = 0;
  writes = 0;
  #owner: MemoryStore | undefined;

  /** A store of a server that starts. Whoever had it before is dead: nothing of it is written any more. */
  open(clock: Clock): MemoryStore {
    this.#owner = new MemoryStore(this, clock);
    return this.#owner;
  }

  /** The server that has it dies. */
  crash(): void {
    this.#owner = undefined;
  }

  isOf(store: MemoryStore): boolean {
    return this.#owner === store;
  }
}

/** A {@link RoomStore} on a {@link Disk}, whose writes take their time. */
export class MemoryStore implements RoomStore {
  readonly name = "memory";
  readonly #disk: Disk;
  readonly #clock: Clock;
  #isNew = true;
  /** When what was asked last is done: one after the other, in order. */
  #doneMs = 0;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  open(): Promise<StoreContents> {
    const { clients, mayLackTail, torn } = this.#disk;
    const rooms = [...this.#disk.rooms.values()].sort((a, b) => b.savedAtMs - a.savedAtMs);
    return Promise.resolve({
      rooms: rooms.filter(({ asleep }) => asleep === undefined).map((room) => this.#whole(room)),
      asleep: rooms.flatMap(({ asleep: told, roomId, roomType, savedAtMs }) => {
        const mayLack = mayLackTail || torn.has(roomId);
        return told === undefined
          ? []
          : { roomId, roomType, savedAtMs, told, mayLackTail: mayLack };
      }),
      ...{ clients, mayLackTail },
      secret: new Uint8Array(32).fill(7),
    });
  }

  #whole(room: StoredRoom): StoredRoom {
    const records = [...(this.#disk.records.get(room.roomId) ?? [])];
    return {
      ...room,
      ...keptOf(this.#disk.events.get(room.roomId)),
      ...(this.#disk.torn.has(room.roomId) && { mayLackTail: true }),
      records: records.sort(([a], [b]) => a - b).map(([, bytes]) => bytes),
    };
  }

  read(roomIds: readonly string[]): Promise<readonly StoredRoom[]> {
    const disk = this.#disk;
    return new Promise((resolve, reject) => {
      this.#inOrder(disk.readMs, () => {
        disk.reads++;
        if (disk.unreadable > 0) {
          disk.unreadable--;
          reject(new RoomlineError("storage-failed", "The disk does not answer."));
          return;
        }
        resolve(
          roomIds.flatMap((roomId) => {
            const room = disk.rooms.get(roomId);
            return room === undefined ? [] : this.#whole(room);
          }),
        );
      });
    });
  }

  /** Does it in its time, unless the server is dead by then: of that nothing comes, and nobody hears. */
  #inOrder(takesMs: number, act: () => void): void {
    const nowMs = this.#clock.now();
    this.#doneMs = Math.max(this.#doneMs, nowMs + takesMs);
    this.#clock.setTimer(() => {
      if (this.#disk.isOf(this)) act();
    }, this.#doneMs - nowMs);
  }

  write(change: StoreChange): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#inOrder(this.#disk.writeMs, () => {
        if (this.#disk.failing > 0) {
          this.#disk.failing--;
          reject(new RoomlineError("storage-failed", "The disk is full."));
          return;
        }
        this.#put(change);
        if (this.#disk.isHeard) resolve([]);
      });
    });
  }

  readEvents({ roomId, after, sinceMs, bytesMax }: EventsAsk): Promise<EventsPage> {
    const disk = this.#disk;
    disk.reading++;
    return new Promise((resolve, reject) => {
      this.#clock.setTimer(() => {
        disk.reading--;
        disk.reads++;
        if (!disk.isOf(this)) return;
        if (disk.readsFailing > 0) {
          disk.readsFailing--;
          reject(new RoomlineError("storage-failed", "The disk cannot be read."));
          return;
        }
        const all = disk.events.get(roomId) ?? [];
        const from = all.findIndex(({ atMs }) => atMs >= sinceMs);
        const kept = from < 0 ? [] : all.slice(from);
        const events: SavedEvents[] = [];
        let bytes = 0;
        for (const some of kept.filter(({ last }) => last > after)) {
          bytes += some.bytes.length;
          if (events.length > 0 && bytes > bytesMax) break;
          events.push(some);
        }
        resolve({ first: kept[0]?.first ?? 0, events });
      }, disk.readMs);
    });
  }

  #put({ saved, dropped, records = [], clients, noted = [], forgotten = [], ...how }: StoreChange) {
    const { isFinal = clients !== undefined, isStarting = false } = how;
    const disk = this.#disk;
    disk.writes++;
    if (this.#isNew && !isStarting && disk.mayLackTail)
      for (const { roomId, asleep } of disk.rooms.values())
        if (asleep !== undefined) disk.torn.add(roomId);
    if (!isStarting) disk.mayLackTail = false;
    for (const roomId of dropped) {
      disk.rooms.delete(roomId);
      disk.records.delete(roomId);
      disk.events.delete(roomId);
    }
    if (this.#isNew && !isStarting) {
      for (const [roomId, room] of disk.rooms) disk.rooms.set(roomId, { ...room, isFinal: false });
      disk.clients = [];
    }
    this.#isNew = clients !== undefined || (this.#isNew && isStarting);
    for (const { events, history, ...room } of saved) {
      disk.torn.delete(room.roomId);
      disk.rooms.set(room.roomId, { ...room, isFinal });
      disk.records.delete(room.roomId);
      for (const some of events ?? []) this.#putEvents(room.roomId, some);
      if (history !== undefined) this.#trim(room.roomId, history);
    }
    for (const { roomId, n, bytes, events } of records) {
      const ofRoom = disk.records.get(roomId) ?? new Map<number, Uint8Array>();
      disk.records.set(roomId, ofRoom.set(n, bytes));
      if (events !== undefined) this.#putEvents(roomId, events);
    }
    const known = new Map(disk.clients.map((client) => [client.clientId, client]));
    if (clients !== undefined) known.clear();
    for (const clientId of forgotten) known.delete(clientId);
    for (const client of clients ?? noted) known.set(client.clientId, client);
    disk.clients = [...known.values()];
  }

  #putEvents(roomId: string, some: SavedEvents): void {
    const before = (this.#disk.events.get(roomId) ?? []).filter(({ last }) => last !== some.last);
    this.#disk.events.set(roomId, [...before, some]);
  }

  #trim(roomId: string, { sinceMs, bytesMax, head = Infinity }: KeptHistory): void {
    const shown = (this.#disk.events.get(roomId) ?? []).filter(({ last }) => last <= head);
    let bytes = shown.reduce((sum, some) => sum + some.bytes.length, 0);
    const isKept = (some: SavedEvents): boolean => {
      const fits = some.atMs >= sinceMs && bytes <= bytesMax;
      bytes -= some.bytes.length;
      return fits;
    };
    const from = shown.findIndex(isKept);
    this.#disk.events.set(roomId, from < 0 ? [] : shown.slice(from));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function keptOf(events: readonly SavedEvents[] = []): Pick<StoredRoom, "kept"> {
  const [oldest] = events;
  const newest = events.at(-1);
  if (oldest === undefined || newest === undefined) return {};
  return { kept: { first: oldest.first, last: newest.last } };
}
