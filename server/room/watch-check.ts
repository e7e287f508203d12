import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { WatchRequest } from "../feed/feed-watcher.ts";
import type { RoomTypeConfig } from "./config.ts";
import type { Room } from "./room-api.ts";

/**
 * May this caller watch the room (rule WA-1)? The room's own hook has the last word, but not over operators.
 * @throws RoomlineError `watch-refused`
 */
export function checkWatch(request: WatchRequest, config: RoomTypeConfig, room: Room): void {
  const { clientId, claims, isOperator } = request;
  if (isOperator) return;
  const { definition } = config;
  if (definition.watchable !== true) {
    throw new RoomlineError(
      "watch-refused",
      "This room type is not watchable: set watchable: true.",
    );
  }
  try {
    definition.onWatch?.(room, { clientId, claims });
  } catch (cause) {
    const message = messageOf(cause);
    throw new RoomlineError("watch-refused", message === "" ? "The room refused." : message, {
      cause,
    });
  }
}
