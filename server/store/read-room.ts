import type { Clock } from "../../shared/clock.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Log } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { commitsOf, foldRecords } from "../room/durable/fold-records.ts";
import { readRecords } from "../room/durable/record.ts";
import { passTime } from "../room/image/pass-time.ts";
import { openImage } from "../room/image/seal.ts";
import type { CommitsSince } from "../room/room-tables.ts";
import type { StoredRoom } from "./room-store.ts";

/** A room that was stored, read. */
export interface ReadRoom {
  readonly stored: StoredRoom;
  /** With what its records have, but for its tables. */
  readonly image: RoomImage;
  readonly since: CommitsSince;
  /** Why records after those cannot be read; undefined: there are no others. */
  readonly fault: RoomlineError | undefined;
}

/** @throws RoomlineError `invalid-image` */
export function readStored(stored: StoredRoom): ReadRoom {
  const image = openImage(stored.image);
  const { records, fault } = readRecords(stored.records ?? [], safeNumber(image.recordN));
  const since = commitsOf(records);
  foldRecords(image, records);
  return { stored, image, since, fault };
}

/** A stored room that is about to go on, where it was not so far. */
export interface ReturningRoom {
  readonly stored: StoredRoom;
  readonly config: RoomTypeConfig;
  readonly image: RoomImage;
  readonly how: {
    readonly why: "recovered";
    readonly keepsSeats: boolean;
    readonly since: CommitsSince;
  };
  /** Why records of it are missing; undefined: none is. */
  readonly fault: RoomlineError | undefined;
}

interface ReturnParts {
  readonly roomTypes: ReadonlyMap<string, RoomTypeConfig>;
  readonly clock: Pick<Clock, "wallNow">;
  readonly ids: Pick<IdSource, "id">;
}

/**
 * Reads a room of a server of before, or of a node that is dead, as it goes on now. `mayLackTail`: what was written last, of any room, may
 * not have reached the disk.
 * @throws RoomlineError `invalid-image`; `unknown-room-type`: its type is not there any more
 */
export function readReturning(
  stored: StoredRoom,
  { roomTypes, clock, ids }: ReturnParts,
  mayLackTail: boolean,
): ReturningRoom {
  const config = roomTypes.get(stored.roomType);
  if (config === undefined) throw unknownType(stored.roomType);
  const read = readStored(stored);
  const { image, since, fault } = read;
  const isNewLife = mayHaveSeenMore(read, config, mayLackTail || stored.mayLackTail === true);
  if (isNewLife) image.epoch = ids.id();
  // In a room that sleeps times go on, but for those of seats.
  const sleptMs = Math.max(0, clock.wallNow() - stored.savedAtMs);
  if (stored.asleep !== undefined) passTime(image, sleptMs, { keepsSeats: true });
  return { stored, config, image, how: { why: "recovered", keepsSeats: !isNewLife, since }, fault };
}

/** Has a room's place in lists, and the homes of its players, be numbered anew, as with each start of the server. */
export function renumber(image: RoomImage, ordinal: number): void {
  image.ordinal = BigInt(ordinal);
  for (const seat of image.seats?.seats ?? []) seat.home = 0n;
}

/** Tells that a room goes on without its last records. */
export function tellFault(log: Log, { stored, fault }: ReturningRoom): void {
  const { roomId, roomType } = stored;
  if (fault !== undefined)
    log.error(
      { err: fault, room: roomId, roomType },
      "a record of a stored room cannot be read: the room goes on from the one before, in a new life",
    );
}

/** Whether players of before may have seen more of a room than is written: then their positions are in a life of it that is over. */
function mayHaveSeenMore(
  { stored, image, fault }: Pick<ReadRoom, "stored" | "image" | "fault">,
  { durability }: Pick<RoomTypeConfig, "durability">,
  mayLackTail: boolean,
): boolean {
  if (stored.isFinal) return false;
  // It was written when its type was no durable one.
  if (durability !== "durable" || image.atMs === 0) return true;
  return fault !== undefined || mayLackTail;
}

function unknownType(roomType: string): RoomlineError {
  return new RoomlineError(
    "unknown-room-type",
    `There is no room type "${roomType}" any more: give it again, or drop the room (roomline store drop).`,
  );
}
