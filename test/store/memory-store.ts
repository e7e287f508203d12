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
  clients: readonly StoredClient[] = [];
  /** How many of the next writes fail. */
  failing = 0;
  writes = 0;
  #owner: MemoryStore | undefined;

  /** A store of a server that starts. Whoever had it before is dead: nothing of it is written any more. */
  open(clock: Clock, writeMs = 3): MemoryStore {
    this.#owner = new MemoryStore(this, clock, writeMs);
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
  readonly #writeMs: number;

  constructor(disk: Disk, clock: Clock, writeMs: number) {
    this.#disk = disk;
    this.#clock = clock;
    this.#writeMs = writeMs;
  }

  open(): Promise<StoreContents> {
    const rooms = [...this.#disk.rooms.values()].sort((a, b) => b.savedAtMs - a.savedAtMs);
    return Promise.resolve({
      rooms,
      clients: this.#disk.clients,
      secret: new Uint8Array(32).fill(7),
    });
  }

  write({ saved, dropped, clients }: StoreChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.setTimer(() => {
        // A dead server hears of nothing.
        if (!this.#disk.isOf(this)) return;
        if (this.#disk.failing > 0) {
          this.#disk.failing--;
          reject(new RoomlineError("storage-failed", "The disk is full."));
          return;
        }
        this.#disk.writes++;
        const { rooms } = this.#disk;
        for (const roomId of dropped) rooms.delete(roomId);
        for (const [roomId, room] of rooms) rooms.set(roomId, { ...room, isFinal: false });
        for (const room of saved)
          rooms.set(room.roomId, { ...room, isFinal: clients !== undefined });
        this.#disk.clients = clients ?? [];
        resolve();
      }, this.#writeMs);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
