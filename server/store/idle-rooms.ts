import type { Clock, Timer } from "../../shared/clock.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomHost } from "../rooms/host.ts";

interface IdleRoomsParts {
  readonly rooms: Pick<RoomHost, "get">;
  readonly clock: Clock;
  /** Nothing has happened in the room for so long as its type says, and all that it has done is stored. */
  readonly onIdle: (room: LiveRoom) => void;
}

/** A room that may sleep, as it was when it was looked at last. */
interface Looked {
  timer: Timer | undefined;
  stamp: number;
  /** Since when it is deserted and nothing has happened in it; undefined: somebody is there. */
  sinceMs: number | undefined;
}

/** A room is looked at so many times while it falls asleep, and once in so long at least. */
const looks = 8;
const lookMsMax = 5_000;
/** When to look again at a room that is deserted for long enough, and has something on its way to the store. */
const againMs = 7;

/** Looks at rooms that may sleep, once in a while: what happens in a room has nothing to do with it, and costs what it did before. */
export class IdleRooms {
  readonly #parts: IdleRoomsParts;
  readonly #looked = new Map<string, Looked>();

  constructor(parts: IdleRoomsParts) {
    this.#parts = parts;
  }

  /** A room is open. */
  watch({ roomId, config }: LiveRoom): void {
    this.forget(roomId);
    const looked: Looked = { timer: undefined, stamp: NaN, sinceMs: undefined };
    this.#looked.set(roomId, looked);
    this.#lookIn(roomId, looked, intervalMs(config.sleepAfterMs));
  }

  /** Somebody wants to know something of a room: it is not idle. */
  touch(roomId: string): void {
    const looked = this.#looked.get(roomId);
    if (looked !== undefined) looked.sinceMs = undefined;
  }

  /** A room is not there any more. */
  forget(roomId: string): void {
    this.#looked.get(roomId)?.timer?.cancel();
    this.#looked.delete(roomId);
  }

  end(): void {
    for (const roomId of [...this.#looked.keys()]) this.forget(roomId);
  }

  #lookIn(roomId: string, looked: Looked, delayMs: number): void {
    looked.timer = this.#parts.clock.setTimer(() => this.#look(roomId, looked), delayMs);
  }

  #look(roomId: string, looked: Looked): void {
    // It may go on as another instance by now.
    const room = this.#parts.rooms.get(roomId);
    if (room === undefined) {
      this.#looked.delete(roomId);
      return;
    }
    const { sleepAfterMs } = room.config;
    const nowMs = this.#parts.clock.now();
    const { stamp } = room;
    if (!room.isDeserted) looked.sinceMs = undefined;
    else if (looked.sinceMs === undefined || stamp !== looked.stamp) looked.sinceMs = nowMs;
    looked.stamp = stamp;
    const restMs = (looked.sinceMs ?? nowMs) + sleepAfterMs - nowMs;
    if (looked.sinceMs === undefined || restMs > 0) {
      const delayMs = Math.min(intervalMs(sleepAfterMs), Math.max(1, restMs));
      this.#lookIn(roomId, looked, delayMs);
    } else if (!room.isAtRest) {
      // What was done in `create` waits for a turn that nobody has asked for.
      room.wake();
      this.#lookIn(roomId, looked, room.isStalled ? intervalMs(sleepAfterMs) : againMs);
    } else {
      // Whatever comes of it, it is not idle a second time before that time has passed again.
      looked.sinceMs = undefined;
      this.#lookIn(roomId, looked, intervalMs(sleepAfterMs));
      this.#parts.onIdle(room);
    }
  }
}

function intervalMs(sleepAfterMs: number): number {
  return Math.min(lookMsMax, sleepAfterMs / looks);
}
