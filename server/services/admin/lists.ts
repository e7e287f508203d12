import {
  ListConnectionsResponseSchema,
  ListSessionsResponseSchema,
  type ListConnectionsRequest,
  type ListRoomStatsRequest,
  type ListSessionsRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { AdminParts } from "./admin-parts.ts";
import { bounded } from "./bounded.ts";
import { decode } from "./encoded.ts";
import { createLags } from "./lags.ts";
import { gather, namesOf } from "./nodes.ts";
import type { OwnNode } from "./own-node.ts";
import { roomRow } from "./rows.ts";

/** Creates the methods that list what there is, at all nodes (rule AD-11). */
export function createLists(parts: AdminParts, own: OwnNode) {
  const { engine } = parts;
  const lags = createLags(parts);
  return {
    listConnections: async ({ clientId, limit, node }: ListConnectionsRequest) => {
      const ask = { clientId, limit: limitOf(limit) };
      const { answers, missing } = await gather(parts, node, {
        method: "connections",
        ask,
        own: () => own.connections(ask),
        read: (answer) => decode(ListConnectionsResponseSchema, answer),
      });
      const connections = answers.flatMap((list) => list.connections).slice(0, ask.limit);
      return { connections, total: totalOf(answers), missing };
    },
    listSessions: async ({ clientId, roomId, limit, node }: ListSessionsRequest) => {
      const ask = { clientId, roomId, limit: limitOf(limit) };
      const { answers, missing } = await gather(parts, node, {
        method: "sessions",
        ask,
        own: () => own.sessions(ask),
        read: (answer) => decode(ListSessionsResponseSchema, answer),
      });
      const sessions = answers.flatMap((list) => list.sessions).slice(0, ask.limit);
      return { sessions, total: totalOf(answers), missing };
    },
    listRoomStats: async ({ roomType, limit, node }: ListRoomStatsRequest) => {
      const max = limitOf(limit);
      if (node !== "") namesOf(parts, node);
      const which = { roomType, max, order: "age", ...(node !== "" && { node }) } as const;
      const [{ rooms, total, missing = [] }, lagMax] = await Promise.all([
        engine.catalogue.standings(which),
        lags.ofAll(),
      ]);
      return {
        rooms: rooms.map((room) => roomRow(room, lagMax.get(room.roomId) ?? 0)),
        total,
        missing: [...missing],
      };
    },
  };
}

function totalOf(lists: readonly { readonly total: number }[]): number {
  return lists.reduce((sum, { total }) => sum + total, 0);
}

function limitOf(limit: number): number {
  return bounded("limit", limit, { min: 1, max: 10_000, whenZero: 1_000 });
}
