import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Log } from "../observe/log.ts";
import { passTime } from "../room/image/pass-time.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomHost } from "../rooms/host.ts";
import { SleepingRoom } from "../rooms/sleeping-room.ts";
import type { Rouser } from "../rooms/sleeping-rooms.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import { DueRooms } from "./due-rooms.ts";
import { IdleRooms } from "./idle-rooms.ts";
import { readStored, type ReadRoom } from "./read-room.ts";
import type { RoomStore } from "./room-store.ts";
import type { RoomWriters } from "./room-writers.ts";
import { tellAsleep } from "./told-asleep.ts";

interface RoomSleepParts {
  readonly rooms: RoomHost;
  readonly store: Pick<RoomStore, "read" | "name">;
  readonly writers: Pick<RoomWriters, "storeAsleep" | "savedOf">;
  /** Whoever has sessions of players without a connection: it lets go of theirs in this room. */
  readonly sessions: { putAside(clientId: string, roomId: string): void };
  readonly timers: Timers;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Rooms that sleep at a time: more stay awake. */
  readonly roomsAsleepMax: number;
}

/** How long rooms are put down in one go: less than a player notices. */
const sliceMs = 4;

/**
 * Has rooms sleep in which nothing happens, and wakes them when somebody wants them or something is due (rules SL). A room that sleeps is put
 * down as at the end of the server, but that the server goes on.
 */
export class RoomSleep implements Rouser {
  readonly #parts: RoomSleepParts;
  readonly #idle: IdleRooms;
  readonly #due: DueRooms;
  /** Rooms that are to sleep. */
  readonly #tired = new Set<string>();
  /** Rooms that stand still while their image is on its way to the store. */
  readonly #falling = new Map<string, LiveRoom>();
  readonly #waking = new Map<string, Promise<LiveRoom>>();
  #isArmed = false;
  #isFailing = false;
  #isFull = false;
  #isOver = false;

  constructor(parts: RoomSleepParts) {
    this.#parts = parts;
    const { rooms, clock, timers } = parts;
    this.#idle = new IdleRooms({ rooms, clock, onIdle: (room) => this.#onIdle(room) });
    this.#due = new DueRooms({ timers, clock, wake: (roomId) => this.#wakeDue(roomId) });
  }

  /** A room is open: new, brought back at the start, or awake again. */
  onOpen(room: LiveRoom): void {
    const { sleepAfterMs } = room.config;
    if (sleepAfterMs < Infinity && !this.#isOver) this.#idle.watch(room);
  }

  /** A room sleeps since a server of before. */
  leave(sleeping: SleepingRoom): void {
    this.#parts.rooms.leaveAsleep(sleeping);
    if (sleeping.dueMs !== undefined) this.#due.set(sleeping.roomId, sleeping.dueMs);
  }

  rouse(roomId: string): Promise<LiveRoom> | undefined {
    const waking = this.#waking.get(roomId);
    if (waking !== undefined) return waking;
    const sleeping = this.#parts.rooms.asleep.get(roomId);
    if (sleeping !== undefined) return this.#wake(sleeping);
    this.#idle.touch(roomId);
    this.#tired.delete(roomId);
    const falling = this.#falling.get(roomId);
    if (falling !== undefined) this.#goOn(falling);
    return undefined;
  }

  /** Nobody sleeps or wakes any more. Rooms that are about to sleep stand still, to be put down as all others. */
  end(): void {
    this.#isOver = true;
    this.#idle.end();
    this.#due.end();
    this.#tired.clear();
    this.#falling.clear();
  }

  #onIdle({ roomId }: LiveRoom): void {
    const { rooms, roomsAsleepMax, log } = this.#parts;
    const isFull = rooms.asleep.size + this.#falling.size + this.#tired.size >= roomsAsleepMax;
    if (isFull && !this.#isFull)
      log.warn({ roomsAsleepMax }, "rooms stay awake: there are limits.roomsAsleepMax that sleep");
    this.#isFull = isFull;
    if (isFull) return;
    this.#tired.add(roomId);
    this.#arm(0);
  }

  /** Many rooms may be idle at once, after a start for one. */
  #arm(delayMs: number): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const { clock, rooms } = this.#parts;
    clock.setTimer(() => {
      this.#isArmed = false;
      const untilMs = clock.now() + sliceMs;
      for (const roomId of this.#tired) {
        if (clock.now() >= untilMs) {
          this.#arm(1);
          return;
        }
        this.#tired.delete(roomId);
        const room = rooms.get(roomId);
        // Something may have happened since.
        if (room?.isDeserted === true && room.isAtRest) this.#fallAsleep(room);
      }
    }, delayMs);
  }

  #fallAsleep(room: LiveRoom): void {
    const { rooms, sessions, clock, writers, log } = this.#parts;
    const { roomId, roomType } = room;
    for (const { playerId } of room.seatsHere) sessions.putAside(playerId, roomId);
    // Somebody has one of its seats all the same.
    if (room.seatsHere.length > 0) return;
    room.freeze();
    try {
      const image = rooms.takeImage(room);
      const sleeping = SleepingRoom.of(room, image, clock.now());
      const asleep = tellAsleep(sleeping, clock);
      const saved = { ...writers.savedOf(image), asleep };
      this.#falling.set(roomId, room);
      writers.storeAsleep(room, saved, () => this.#onStored(room, sleeping));
    } catch (err) {
      log.error({ err, room: roomId, roomType }, "a room could not be put down to sleep");
      this.#goOn(room);
    }
  }

  /** The image of a room is in the store: it sleeps, unless somebody has come meanwhile. */
  #onStored(room: LiveRoom, sleeping: SleepingRoom): void {
    const { roomId, dueMs } = sleeping;
    if (this.#falling.get(roomId) !== room) return;
    if (!room.isUndisturbed) {
      this.#goOn(room);
      return;
    }
    this.#falling.delete(roomId);
    this.#idle.forget(roomId);
    this.#parts.rooms.putToSleep(room, sleeping);
    if (dueMs !== undefined) this.#due.set(roomId, dueMs);
  }

  /** The room does not sleep: what was said to it meanwhile is said now. */
  #goOn(room: LiveRoom): void {
    this.#falling.delete(room.roomId);
    if (room.isFrozen) room.thaw();
  }

  /** Something is due in a room, which may be awake by now. */
  #wakeDue(roomId: string): Promise<unknown> {
    return this.rouse(roomId) ?? Promise.resolve();
  }

  #wake(sleeping: SleepingRoom): Promise<LiveRoom> {
    const { roomId } = sleeping;
    const waking = this.#bring(sleeping).finally(() => this.#waking.delete(roomId));
    this.#waking.set(roomId, waking);
    return waking;
  }

  async #bring(sleeping: SleepingRoom): Promise<LiveRoom> {
    const { clock, ids } = this.#parts;
    const { roomId } = sleeping;
    const { image, since, fault } = await this.#read(sleeping);
    if (this.#isOver) throw goingDown();
    const keepsSeats = fault === undefined && !sleeping.mayLackTail;
    if (!keepsSeats) image.epoch = ids.id();
    // Its place in lists is that of this server.
    image.ordinal = 0n;
    const { dueMs = Infinity } = sleeping;
    passTime(image, clock.now() - sleeping.sinceMs);
    const room = this.#pickUp(sleeping, image, { keepsSeats, since });
    this.#due.cancel(roomId);
    // What is overdue comes before whoever has woken it.
    if (dueMs <= clock.now()) await new Promise<void>((resolve) => void clock.setTimer(resolve, 0));
    return room;
  }

  async #read({ roomId }: SleepingRoom): Promise<ReadRoom> {
    const { store, log } = this.#parts;
    try {
      const [stored] = await store.read([roomId]);
      if (stored === undefined) throw new RoomlineError("storage-failed", "The store has it not.");
      const read = readStored(stored);
      if (this.#isFailing) log.warn({ store: store.name }, "rooms that sleep can be woken again");
      this.#isFailing = false;
      return read;
    } catch (err) {
      if (!this.#isFailing)
        log.error(
          { err, room: roomId, store: store.name },
          "storage-failed: a room cannot be woken",
        );
      this.#isFailing = true;
      throw asleep(roomId, err);
    }
  }

  #pickUp(
    sleeping: SleepingRoom,
    image: RoomImage,
    how: Parameters<RoomHost["wake"]>[2],
  ): LiveRoom {
    const { rooms, log } = this.#parts;
    const { roomId, roomType } = sleeping;
    try {
      return rooms.wake(sleeping, image, how);
    } catch (err) {
      const { code } = RoomlineError.from(err);
      if (code === "too-many-rooms" || code === "draining") throw err;
      log.error({ err, room: roomId, roomType }, "a room cannot be picked up, and sleeps on");
      throw asleep(roomId, err, code);
    }
  }
}

function asleep(roomId: string, cause: unknown, reason = "storage-failed"): RoomlineError {
  return new RoomlineError(
    "unavailable",
    `Room "${roomId}" sleeps, and cannot be woken now. Try again in a moment; why is in the log of the server.`,
    { reason, cause },
  );
}

function goingDown(): RoomlineError {
  return new RoomlineError("draining", "The server is going down. Try again in a moment.");
}
