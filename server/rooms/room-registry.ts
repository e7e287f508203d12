import { RoomlineError } from "../../shared/errors.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { HostedRoom } from "./hosted-room.ts";
import type { SleepingRoom } from "./sleeping-room.ts";
import { SleepingRooms } from "./sleeping-rooms.ts";

/** How many rooms there may be. */
export interface RoomBounds {
  /** In memory. */
  readonly roomsMax: number;
  readonly roomsPerClientMax: number;
}

/** The rooms of a host, by their names, types and makers: those that are open, in the making, or asleep. */
export class RoomRegistry {
  /** Those that are not in memory. */
  readonly asleep = new SleepingRooms();
  readonly #bounds: RoomBounds;
  readonly #rooms = new Map<string, HostedRoom>();
  readonly #byType = new Map<string, Set<HostedRoom>>();
  /** How many of the rooms each client has made. */
  readonly #byMaker = new Map<string, number>();

  constructor(bounds: RoomBounds) {
    this.#bounds = bounds;
  }

  /** Those in memory. */
  hosted(): Iterable<HostedRoom> {
    return this.#rooms.values();
  }

  /** Those of a type that are in memory. */
  ofType(roomType: string): Iterable<HostedRoom> {
    return this.#byType.get(roomType) ?? [];
  }

  /** The room with this id, if it is in memory. */
  get(roomId: string): HostedRoom | undefined {
    return this.#rooms.get(roomId);
  }

  /** The room as it is hosted; undefined: it is not, or as another instance. */
  of(room: LiveRoom): HostedRoom | undefined {
    const hosted = this.#rooms.get(room.roomId);
    return hosted?.room === room ? hosted : undefined;
  }

  /** Whether there is a room with this id: open, in the making, or asleep. */
  has(roomId: string): boolean {
    return this.#rooms.has(roomId) || this.asleep.get(roomId) !== undefined;
  }

  /** The type of the room with this id. */
  typeOf(roomId: string): RoomTypeConfig | undefined {
    return this.#rooms.get(roomId)?.room.config ?? this.asleep.get(roomId)?.config;
  }

  /** @throws RoomlineError `room-exists` */
  checkFree(id: string): void {
    if (this.has(id)) throw alreadyThere(id);
  }

  /** Whether one room more may be in memory, and be made by this maker. @throws RoomlineError `too-many-rooms` */
  checkBounds(maker?: string): void {
    const { roomsMax, roomsPerClientMax } = this.#bounds;
    if (maker !== undefined && (this.#byMaker.get(maker) ?? 0) >= roomsPerClientMax)
      throw new RoomlineError(
        "too-many-rooms",
        `You have made as many rooms as one may that still stand (limits.roomsPerClientMax, ${roomsPerClientMax}).`,
      );
    if (this.#rooms.size < roomsMax) return;
    throw new RoomlineError(
      "too-many-rooms",
      `The server has as many rooms as it may (${roomsMax}).`,
    );
  }

  add(hosted: HostedRoom): void {
    const { roomId, roomType } = hosted.room;
    this.#rooms.set(roomId, hosted);
    const ofType = this.#byType.get(roomType) ?? new Set();
    this.#byType.set(roomType, ofType.add(hosted));
    if (hosted.maker !== undefined) this.#countMade(hosted.maker, 1);
  }

  remove(hosted: HostedRoom): void {
    const { roomId, roomType } = hosted.room;
    if (this.#rooms.get(roomId) === hosted) this.#rooms.delete(roomId);
    const ofType = this.#byType.get(roomType);
    if (ofType?.delete(hosted) === true && hosted.maker !== undefined)
      this.#countMade(hosted.maker, -1);
    if (ofType?.size === 0) this.#byType.delete(roomType);
  }

  addAsleep(sleeping: SleepingRoom): void {
    this.asleep.add(sleeping);
    if (sleeping.maker !== undefined) this.#countMade(sleeping.maker, 1);
  }

  removeAsleep(sleeping: SleepingRoom): void {
    this.asleep.remove(sleeping);
    if (sleeping.maker !== undefined) this.#countMade(sleeping.maker, -1);
  }

  #countMade(maker: string, more: 1 | -1): void {
    const made = (this.#byMaker.get(maker) ?? 0) + more;
    if (made > 0) this.#byMaker.set(maker, made);
    else this.#byMaker.delete(maker);
  }
}

function alreadyThere(roomId: string): RoomlineError {
  return new RoomlineError("room-exists", `There already is a room "${roomId}".`);
}
