import { RoomlineError } from "../../../shared/errors.ts";
import type { WatchRoomRequest } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { LiveRoom } from "../../room/live-room.ts";
import { pause } from "../http/wake.ts";
import type { AdminParts } from "./admin-parts.ts";
import { adminStream, type AdminStreamContext } from "./admin-stream.ts";
import { bounded } from "./bounded.ts";
import { roomOf } from "./find.ts";
import { roomSignature, viewRoom, type RoomMessage } from "./room-view.ts";
import { lagMaxOf } from "./survey.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** Answers WatchRoom. */
export type WatchRoom = (
  request: WatchRoomRequest,
  context: AdminStreamContext,
) => AsyncGenerator<RoomMessage>;

/** How often a room is looked at: how late a change may be seen, and the end of the room. */
const lookIntervalMs = 100;

/**
 * Creates WatchRoom: a message whenever the room has changed, at most one in an interval. The room is looked at, and knows
 * nothing of it. Ends with `unknown-room` when the room does.
 */
export function createWatchRoom(parts: AdminParts, places: WatchPlaces): WatchRoom {
  const { engine, clock } = parts;

  return function watchRoom(request, context) {
    const intervalMs = bounded("interval_ms", request.intervalMs, {
      min: 100,
      max: 60_000,
      whenZero: 500,
    });
    const range = { min: 1, max: 1_000 };
    const config = {
      eventsMax: bounded("events_max", request.eventsMax, { ...range, whenZero: 50 }),
      rowsMax: bounded("rows_max", request.rowsMax, { ...range, whenZero: 200 }),
    };
    const room = roomOf(engine, request.roomId);
    return adminStream(messages(), { parts, places, context });

    async function* messages(): AsyncGenerator<RoomMessage> {
      let told = "";
      let nextMs = clock.now();
      while (!context.signal.aborted) {
        checkOpen(room);
        const signature = clock.now() >= nextMs ? roomSignature(room) : told;
        if (signature === told) {
          await pause(clock, lookIntervalMs, context.signal);
          continue;
        }
        told = signature;
        nextMs = clock.now() + intervalMs;
        yield viewRoom(room, config, { clock, lagMax: lagMaxOf(engine).get(room.roomId) ?? 0 });
      }
    }
  };
}

function checkOpen(room: LiveRoom): void {
  if (room.isClosed) throw new RoomlineError("unknown-room", `Room "${room.roomId}" was closed.`);
}
