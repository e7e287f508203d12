import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Log } from "../observe/log.ts";
import { sealImage } from "../room/image/seal.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomHost } from "../rooms/host.ts";
import type { RoomStore, SavedRoom, StoredClient } from "./room-store.ts";

interface CheckpointsParts {
  readonly store: Pick<RoomStore, "write" | "close" | "name">;
  readonly rooms: Pick<RoomHost, "takeImage" | "putDown" | "all">;
  /** Between two writes of a room that goes on. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Rooms that are in the store and could not be picked up: what is held of them stays as it is. */
  readonly setAside: ReadonlySet<string>;
  /** Another node has this room by now. */
  readonly onRefused: (roomId: string) => void;
}

/** How long images are taken in one go: less than a player notices. */
const sliceMs = 4;

/** Writes rooms down while they go on: what a room was like at most one interval ago is always in the store. */
export class Checkpoints {
  readonly #parts: CheckpointsParts;
  /** Rooms that are not in the store as they are. */
  readonly #due = new Set<LiveRoom>();
  readonly #dropped = new Set<string>();
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #isEnding = false;
  #isFailing = false;

  constructor(parts: CheckpointsParts) {
    this.#parts = parts;
  }

  /** A room is new, or has shown its readers something. */
  onChanged(room: LiveRoom): void {
    if (this.#isEnding || !this.#isWritten(room)) return;
    this.#due.add(room);
    this.#arm();
  }

  /** A room is over, and so is what is held of it; unless only the server is, or it may go on elsewhere. */
  onClosed(room: LiveRoom, reason: CloseReason): void {
    if (this.#isEnding || !this.#isWritten(room) || reason === closeReasons.draining) return;
    this.#due.delete(room);
    if (reason === closeReasons.roomLost) return;
    this.#dropped.add(room.roomId);
    this.#arm();
  }

  /**
   * Puts all stored rooms down, at the end of the server. Returns those that were: who reads them is to be told when nobody is connected
   * any more. One that cannot be put down is left to be closed, with what was written of it last.
   */
  putDown(): { readonly rooms: readonly LiveRoom[]; readonly saved: readonly SavedRoom[] } {
    const { rooms, log } = this.#parts;
    this.#isEnding = true;
    this.#timer?.cancel();
    this.#due.clear();
    const down: LiveRoom[] = [];
    const saved: SavedRoom[] = [];
    for (const room of [...rooms.all()]) {
      if (!this.#keeps(room)) continue;
      try {
        saved.push(this.#saved(rooms.putDown(room)));
        down.push(room);
      } catch (err) {
        log.error(
          { err, room: room.roomId },
          "a room could not be put down: the store has it as it was before",
        );
      }
    }
    return { rooms: down, saved };
  }

  /** Stores a room that stands still as it is, if that can be done. */
  async keep(image: SavedRoom): Promise<void> {
    const { store, onRefused } = this.#parts;
    try {
      for (const roomId of await store.write({ saved: [image], dropped: [] })) onRefused(roomId);
    } catch {
      // It goes on all the same, and is tried again: as whatever it does then.
    }
  }

  /** Writes rooms that were put down, and which tokens of clients are good, and closes the store. Rejects with `storage-failed`. */
  async end(saved: readonly SavedRoom[], clients: readonly StoredClient[]): Promise<void> {
    const { store } = this.#parts;
    await this.#writing;
    const dropped = [...this.#dropped];
    try {
      await store.write({ saved, dropped, clients });
    } finally {
      await store.close();
    }
  }

  #arm(): void {
    const { clock, intervalMs } = this.#parts;
    if (this.#writing !== undefined) return;
    this.#timer ??= clock.setTimer(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        if (this.#due.size + this.#dropped.size > 0 && !this.#isEnding) this.#arm();
      });
    }, intervalMs);
  }

  async #write(): Promise<void> {
    const { store, log, onRefused } = this.#parts;
    const saved = new Map<LiveRoom, SavedRoom>();
    // It is written as it is then: what it does meanwhile is for the next time.
    for (const room of [...this.#due]) {
      if (this.#isEnding) return;
      await this.#take(room, saved);
    }
    const dropped = [...this.#dropped];
    const rooms = [...saved].flatMap(([room, stored]) => (room.isClosed ? [] : stored));
    if (rooms.length + dropped.length === 0 || this.#isEnding) return;
    for (const roomId of dropped) this.#dropped.delete(roomId);
    try {
      for (const roomId of await store.write({ saved: rooms, dropped })) onRefused(roomId);
      if (this.#isFailing) log.warn({ store: store.name }, "the store can be written again");
      this.#isFailing = false;
    } catch (err) {
      // All of it is tried again the next time.
      for (const room of saved.keys()) if (!room.isClosed) this.#due.add(room);
      for (const roomId of dropped) this.#dropped.add(roomId);
      if (!this.#isFailing)
        log.error(
          { err, store: store.name },
          "rooms are not stored: they go on, and are tried again",
        );
      this.#isFailing = true;
    }
  }

  async #take(room: LiveRoom, saved: Map<LiveRoom, SavedRoom>): Promise<void> {
    const { rooms, clock, log } = this.#parts;
    this.#due.delete(room);
    if (room.isClosed) return;
    // Its code goes on after it has returned: what it is at is not in the image, and not yet in the room.
    if (!room.isQuiet) {
      this.#due.add(room);
      return;
    }
    const beganMs = clock.now();
    try {
      saved.set(room, this.#saved(rooms.takeImage(room)));
    } catch (err) {
      log.error(
        { err, room: room.roomId },
        "a room could not be written down: the store has it as it was before",
      );
    }
    if (clock.now() - beganMs >= sliceMs || saved.size % 16 === 0)
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 1));
  }

  /** Whether a room is written while it goes on: a durable one has its records. */
  #isWritten(room: LiveRoom): boolean {
    return room.config.durability === "checkpoint" && this.#keeps(room);
  }

  /** Whether a room is written at the end: what is set aside under its id must not be written over. */
  #keeps({ roomId, config }: LiveRoom): boolean {
    return config.durability !== "volatile" && !this.#parts.setAside.has(roomId);
  }

  #saved(image: RoomImage): SavedRoom {
    const { roomId, roomType } = image;
    const savedAtMs = this.#parts.clock.wallNow();
    return { roomId, roomType, savedAtMs, image: sealImage(image) };
  }
}
