import { RoomlineError } from "../../shared/errors.ts";
import { defaultLimits } from "../../shared/limits.ts";
import type { Recording } from "../../shared/recording/recording.ts";
import { resolveEngineConfig } from "../config.ts";
import { silentLog } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { RoomType } from "../room/define-room.ts";

/**
 * The type of a recorded room, with the limits that the room had.
 * @throws RoomlineError `unknown-room-type`: it is none of these
 */
export function recordedConfig(
  { roomType, beginning }: Recording,
  rooms: Readonly<Record<string, RoomType>>,
): RoomTypeConfig {
  const room = Object.hasOwn(rooms, roomType) ? rooms[roomType] : undefined;
  if (room === undefined)
    throw new RoomlineError(
      "unknown-room-type",
      `The recording is of a room of type "${roomType}", and there is none here: there are ${Object.keys(rooms).join(", ")}.`,
    );
  // Those that are no limits any more have no effect.
  const limits = Object.entries(beginning.limits).filter(([name]) =>
    Object.hasOwn(defaultLimits, name),
  );
  const config = resolveEngineConfig({
    rooms: { [roomType]: room },
    limits: Object.fromEntries(limits),
    log: silentLog,
  });
  return config.roomTypes.get(roomType) as RoomTypeConfig;
}
