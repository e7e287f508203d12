import type { LiveRoom } from "../room/live-room.ts";
import type { SleepingRoom } from "./sleeping-room.ts";

/** Has rooms back that sleep. */
export interface Rouser {
  /**
   * Somebody wants this room, wherever it is: one that sleeps wakes, and the promise of that is shared by all who want it; one that is
   * about to sleep does not. Undefined: it is awake, or there is none. When it rejects the room sleeps on: RoomlineError `unavailable`, with
   * the reason `storage-failed` when it cannot be read now; `too-many-rooms`, `draining`.
   */
  rouse(roomId: string): Promise<LiveRoom> | undefined;
  /** The server ends: no room sleeps or wakes any more. */
  end(): void;
}

/** The rooms that sleep here, by their names. */
export class SleepingRooms {
  readonly #rooms = new Map<string, SleepingRoom>();
  readonly #byType = new Map<string, Set<SleepingRoom>>();

  get size(): number {
    return this.#rooms.size;
  }

  get(roomId: string): SleepingRoom | undefined {
    return this.#rooms.get(roomId);
  }

  all(): Iterable<SleepingRoom> {
    return this.#rooms.values();
  }

  ofType(roomType: string): Iterable<SleepingRoom> {
    return this.#byType.get(roomType) ?? [];
  }

  add(room: SleepingRoom): void {
    this.#rooms.set(room.roomId, room);
    const ofType = this.#byType.get(room.roomType) ?? new Set();
    this.#byType.set(room.roomType, ofType.add(room));
  }

  remove(room: SleepingRoom): void {
    this.#rooms.delete(room.roomId);
    const ofType = this.#byType.get(room.roomType);
    ofType?.delete(room);
    if (ofType?.size === 0) this.#byType.delete(room.roomType);
  }
}
