import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { commitsOf, foldRecords } from "../room/durable/fold-records.ts";
import { readRecords } from "../room/durable/record.ts";
import { openImage } from "../room/image/seal.ts";
import type { CommitsSince } from "../room/live-room.ts";
import type { StoredRoom } from "./room-store.ts";

/** A room that was stored, read. */
export interface ReadRoom {
  readonly stored: StoredRoom;
  /** With what its records have, but for its tables. */
  readonly image: RoomImage;
  readonly since: CommitsSince;
  /** Why records after those cannot be read; undefined: there are no others. */
  readonly fault: RoomlineError | undefined;
  /** What was written of it last may be missing. Default: as the store says of all. */
  readonly mayLackTail?: boolean;
}

/** @throws RoomlineError `invalid-image` */
export function readStored(stored: StoredRoom): ReadRoom {
  const image = openImage(stored.image);
  const { records, fault } = readRecords(stored.records ?? [], safeNumber(image.recordN));
  const since = commitsOf(records);
  foldRecords(image, records);
  return { stored, image, since, fault };
}

/**
 * Whether players of before may have seen more of a room than is written: then their positions are in a life of it that is over.
 * `mayLackTail`: what was written last may not have reached the disk.
 */
export function mayHaveSeenMore(
  { stored, image, fault }: Pick<ReadRoom, "stored" | "image" | "fault">,
  config: Pick<RoomTypeConfig, "durability"> | undefined,
  mayLackTail: boolean,
): boolean {
  if (stored.isFinal) return false;
  // It was written when its type was no durable one.
  if (config?.durability !== "durable" || image.atMs === 0) return true;
  return fault !== undefined || mayLackTail;
}

/** Its type is not there any more. */
export function unknownType(roomType: string): RoomlineError {
  return new RoomlineError(
    "unknown-room-type",
    `There is no room type "${roomType}" any more: give it again, or drop the room (roomline store drop).`,
  );
}
