import type { AdminEngine, AdminParts } from "./admin-parts.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Session } from "../../session/session.ts";
import { connectionRow, rowNode, sessionRow } from "./rows.ts";

/** Which connections are listed, by a client or of all. */
export interface ConnectionsQuery {
  /** Empty: of all. */
  readonly clientId: string;
  readonly limit: number;
}

/** Which sessions are listed. */
export interface SessionsQuery extends ConnectionsQuery {
  /** Empty: in all. */
  readonly roomId: string;
}

/** How a connection is ended. */
export interface ConnectionEnd {
  readonly connectionId: string;
  /** Its client is to stay away. */
  readonly forbid: boolean;
  readonly message: string;
}

type Parts = Pick<AdminParts, "clock" | "node" | "nodes"> & {
  readonly engine: Pick<AdminEngine, "connections" | "sessions">;
};

/** What operators see of this node alone, and do to it. */
export function createOwnNode(parts: Parts) {
  const { engine, clock } = parts;
  const node = rowNode(parts);
  return {
    connections: ({ clientId, limit }: ConnectionsQuery) => {
      const fits = (connection: Connection): boolean =>
        clientId === "" || connection.clientId === clientId;
      const { some, total } = pick(engine.connections, fits, limit);
      return { connections: some.map((found) => connectionRow(found, clock, node)), total };
    },
    sessions: ({ clientId, roomId, limit }: SessionsQuery) => {
      const fits = (session: Session): boolean =>
        (clientId === "" || session.clientId === clientId) &&
        (roomId === "" || session.feed.about.roomId === roomId);
      const { some, total } = pick(engine.sessions.sessions(), fits, limit);
      return { sessions: some.map((found) => sessionRow(found, clock, node)), total };
    },
    /** The open connection with this id. */
    findConnection(connectionId: string): Connection | undefined {
      for (const connection of engine.connections) {
        if (connection.id === connectionId && connection.status !== "dead") return connection;
      }
      return undefined;
    },
    /** @throws RoomlineError `connection-closed` */
    closeConnection({ connectionId, forbid, message }: ConnectionEnd): void {
      const connection = this.findConnection(connectionId);
      if (connection === undefined) throw noConnection(connectionId);
      connection.close(forbid ? closeReasons.forbidden : closeReasons.draining, message);
    },
  };
}

/** What operators see of this node alone, and do to it. */
export type OwnNode = ReturnType<typeof createOwnNode>;

/** There is none with this id. */
export function noConnection(connectionId: string): RoomlineError {
  return new RoomlineError("connection-closed", `There is no connection "${connectionId}".`);
}

/** The first of what fits, and how many fit. */
function pick<T>(all: Iterable<T>, fits: (item: T) => boolean, max: number) {
  const some: T[] = [];
  let total = 0;
  for (const item of all) {
    if (!fits(item)) continue;
    total++;
    if (some.length < max) some.push(item);
  }
  return { some, total };
}
