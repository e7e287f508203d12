import type {
  ListConnectionsRequest,
  ListRoomStatsRequest,
  ListSessionsRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { AdminParts } from "./admin-parts.ts";
import { bounded } from "./bounded.ts";
import { connectionRow, roomRow, sessionRow } from "./rows.ts";
import { lagMaxOf } from "./survey.ts";

/** Creates the methods that list what there is. */
export function createLists({ engine, clock }: Pick<AdminParts, "engine" | "clock">) {
  return {
    listConnections: ({ clientId, limit }: ListConnectionsRequest) => {
      const { some, total } = pick(
        engine.connections,
        (connection) => clientId === "" || connection.clientId === clientId,
        limit,
      );
      return { connections: some.map((found) => connectionRow(found, clock)), total };
    },
    listSessions: ({ clientId, roomId, limit }: ListSessionsRequest) => {
      const { some, total } = pick(
        engine.sessions.sessions(),
        (session) =>
          (clientId === "" || session.clientId === clientId) &&
          (roomId === "" || session.feed.about.roomId === roomId),
        limit,
      );
      return { sessions: some.map((found) => sessionRow(found, clock)), total };
    },
    listRoomStats: async ({ roomType, limit }: ListRoomStatsRequest) => {
      const max = limitOf(limit);
      const { rooms, total } = await engine.catalogue.standings({ roomType, max, order: "age" });
      const lagMax = lagMaxOf(engine);
      return { rooms: rooms.map((room) => roomRow(room, lagMax.get(room.roomId) ?? 0)), total };
    },
  };
}

/** The first of what fits, and how many fit. */
function pick<T>(all: Iterable<T>, fits: (item: T) => boolean, limit: number) {
  const max = limitOf(limit);
  const some: T[] = [];
  let total = 0;
  for (const item of all) {
    if (!fits(item)) continue;
    total++;
    if (some.length < max) some.push(item);
  }
  return { some, total };
}

function limitOf(limit: number): number {
  return bounded("limit", limit, { min: 1, max: 10_000, whenZero: 1_000 });
}
