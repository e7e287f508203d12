import { RoomlineError } from "../../../shared/errors.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Engine } from "../../engine.ts";
import type { LiveRoom } from "../../room/live-room.ts";

/** The room with this id. @throws RoomlineError `unknown-room` */
export function roomOf(engine: Engine, roomId: string): LiveRoom {
  const room = engine.rooms.get(roomId);
  if (room !== undefined) return room;
  throw new RoomlineError("unknown-room", `There is no room "${roomId}".`);
}

/** The open connection with this id. @throws RoomlineError `connection-closed` */
export function connectionOf(engine: Engine, connectionId: string): Connection {
  for (const connection of engine.connections) {
    if (connection.id === connectionId && connection.status !== "dead") return connection;
  }
  throw new RoomlineError("connection-closed", `There is no connection "${connectionId}".`);
}
