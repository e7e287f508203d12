import { RoomlineError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/clock.ts";
import type {
  RoomStore,
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
  clients: readonly StoredClient[] = [];
  /** The machine went down: what was written last may be lost. */
  mayLackTail = false;
  /** How long a write takes. */
  writeMs = 3;
  /** Whether the server that has it hears that a write was done. */
  isHeard = true;
  /** How many of the next writes fail. */
  failing = 0;
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
    const { clients, mayLackTail } = this.#disk;
    const rooms = [...this.#disk.rooms.values()].sort((a, b) => b.savedAtMs - a.savedAtMs);
    return Promise.resolve({
      rooms: rooms.flatMap(({ roomId }) => this.#read(roomId) ?? []),
      ...{ clients, mayLackTail },
      secret: new Uint8Array(32).fill(7),
    });
  }

  read(roomIds: readonly string[]): Promise<readonly StoredRoom[]> {
    return new Promise((resolve) => {
      this.#inOrder(() => resolve(roomIds.flatMap((roomId) => this.#read(roomId) ?? [])));
    });
  }

  /** Does it in its time, unless the server is dead by then: of that nothing comes, and nobody hears. */
  #inOrder(act: () => void): void {
    const nowMs = this.#clock.now();
    this.#doneMs = Math.max(this.#doneMs, nowMs + this.#disk.writeMs);
    this.#clock.setTimer(() => {
      if (this.#disk.isOf(this)) act();
    }, this.#doneMs - nowMs);
  }

  #read(roomId: string): StoredRoom | undefined {
    const room = this.#disk.rooms.get(roomId);
    const records = [...(this.#disk.records.get(roomId) ?? [])].sort(([a], [b]) => a - b);
    return room && { ...room, records: records.map(([, bytes]) => bytes) };
  }

  write(change: StoreChange): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#inOrder(() => {
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

  #put({ saved, dropped, records = [], clients, noted = [], forgotten = [], ...how }: StoreChange) {
    const { isFinal = clients !== undefined, isStarting = false } = how;
    const disk = this.#disk;
    disk.writes++;
    if (!isStarting) disk.mayLackTail = false;
    for (const roomId of dropped) {
      disk.rooms.delete(roomId);
      disk.records.delete(roomId);
    }
    if (this.#isNew && !isStarting) {
      for (const [roomId, room] of disk.rooms) disk.rooms.set(roomId, { ...room, isFinal: false });
      disk.clients = [];
    }
    this.#isNew = clients !== undefined || (this.#isNew && isStarting);
    for (const room of saved) {
      disk.rooms.set(room.roomId, { ...room, isFinal });
      disk.records.delete(room.roomId);
    }
    for (const { roomId, n, bytes } of records) {
      const ofRoom = disk.records.get(roomId) ?? new Map<number, Uint8Array>();
      disk.records.set(roomId, ofRoom.set(n, bytes));
    }
    const known = new Map(disk.clients.map((client) => [client.clientId, client]));
    if (clients !== undefined) known.clear();
    for (const clientId of forgotten) known.delete(clientId);
    for (const client of clients ?? noted) known.set(client.clientId, client);
    disk.clients = [...known.values()];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
