import { RoomlineError } from "../shared/errors.ts";
import type { EngineConfig } from "../server/config.ts";
import { createEngine, type Engine, type EngineParts } from "../server/engine.ts";
import { openImage, sealImage } from "../server/room/image/seal.ts";
import type { LiveRoom } from "../server/room/live-room.ts";

/**
 * An engine that puts a room down whenever it has shown its players something, and has it go on as another instance, made of nothing
 * but the bytes of its image: whatever of a room would not come along is missed at once. A room whose code goes on after it has
 * returned is left until that is done.
 * @throws RoomlineError `invalid-config`: a room type is not portable
 */
export function createMovedEngine(config: EngineConfig, parts: EngineParts = {}): Engine {
  for (const { type, portable } of config.roomTypes.values()) {
    if (portable) continue;
    throw new RoomlineError(
      "invalid-config",
      `moveRooms: room type "${type}" is not portable. Give it \`portable: true\` when room.data is plain, or else \`save\` and \`load\`.`,
    );
  }
  const due = new Set<LiveRoom>();
  const move = (): void => {
    const rooms = [...due];
    due.clear();
    for (const room of rooms) {
      if (room.isOnItsWay || !room.isQuiet || engine.rooms.get(room.roomId) !== room) continue;
      moveRoom(engine, room);
    }
  };
  const engine = createEngine(config, {
    ...parts,
    onCommitted(room) {
      // Behind what is sent in this turn, between two turns of the room.
      if (due.size === 0) config.clock.defer(move);
      due.add(room);
    },
  });
  return engine;
}

/** Has a room of this engine go on as another instance. @throws RoomlineError `unknown-room`, `not-portable` */
export function moveRoom({ rooms }: Pick<Engine, "rooms">, room: LiveRoom): LiveRoom {
  const bytes = sealImage(rooms.takeImage(room));
  return rooms.replaceRoom(room, openImage(bytes), { why: "moved" });
}
