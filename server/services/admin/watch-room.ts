import { RoomlineError } from "../../../shared/errors.ts";
import type { WatchRoomRequest } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { RoomLook } from "../../feed/catalogue.ts";
import { pause } from "../http/wake.ts";
import type { AdminParts } from "./admin-parts.ts";
import { adminStream, type AdminStreamContext } from "./admin-stream.ts";
import { bounded } from "./bounded.ts";
import { createLags } from "./lags.ts";
import { roomMessage, type RoomMessage } from "./room-view.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** Answers WatchRoom. */
type WatchRoom = (
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
  const lags = createLags(parts);

  return function watchRoom(request, context) {
    const intervalMs = bounded("interval_ms", request.intervalMs, {
      min: 100,
      max: 60_000,
      whenZero: 500,
    });
    const range = { min: 1, max: 1_000 };
    const bounds = {
      eventsMax: bounded("events_max", request.eventsMax, { ...range, whenZero: 50 }),
      rowsMax: bounded("rows_max", request.rowsMax, { ...range, whenZero: 200 }),
    };
    const { roomId } = request;
    const { catalogue } = engine;
    return adminStream(messages(), { parts, places, context });

    async function* messages(): AsyncGenerator<RoomMessage> {
      let told = "";
      let epoch = "";
      let nextMs = clock.now();
      while (!context.signal.aborted) {
        const look = await lookAt(told, clock.now() >= nextMs);
        if (look === "same") {
          await pause(clock, lookIntervalMs, context.signal);
          continue;
        }
        epoch ||= look.standing.epoch;
        if (look.standing.epoch !== epoch) throw closed(roomId);
        told = look.signature;
        nextMs = clock.now() + intervalMs;
        yield roomMessage(look, await lags.of(roomId));
      }
    }

    /** Looks at the room, or only whether it is still there. @throws RoomlineError `unknown-room` */
    async function lookAt(told: string, isDue: boolean): Promise<RoomLook | "same"> {
      try {
        if (isDue) return await catalogue.ask(roomId, { kind: "look", ...bounds, unless: told });
        await catalogue.find(roomId);
        return "same";
      } catch (thrown) {
        throw told === "" ? thrown : closed(roomId);
      }
    }
  };
}

function closed(roomId: string): RoomlineError {
  return new RoomlineError("unknown-room", `Room "${roomId}" was closed.`);
}
