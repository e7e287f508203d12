import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { commitsOf, foldRecords } from "../room/durable/fold-records.ts";
import { readRecords } from "../room/durable/record.ts";
import { openImage } from "../room/image/seal.ts";
import type { CommitsSince } from "../room/live-room.ts";
import type { StoredRoom } from "./room-store.ts";

/** A room of a store, as it was read. */
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

/** Reads what a store has of a room. @throws RoomlineError `invalid-image` */
export function readStored(stored: StoredRoom): ReadRoom {
  const image = openImage(stored.image);
  const { records, fault } = readRecords(stored.records ?? [], safeNumber(image.recordN));
  const since = commitsOf(records);
  foldRecords(image, records);
  return { stored, image, since, fault };
}
