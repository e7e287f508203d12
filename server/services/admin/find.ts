import { RoomlineError } from "../../../shared/errors.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Engine } from "../../engine.ts";

/** The open connection with this id. @throws RoomlineError `connection-closed` */
export function connectionOf(engine: Engine, connectionId: string): Connection {
  for (const connection of engine.connections) {
    if (connection.id === connectionId && connection.status !== "dead") return connection;
  }
  throw new RoomlineError("connection-closed", `There is no connection "${connectionId}".`);
}
