import type { Clock } from "../../../shared/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Standings } from "../../feed/catalogue.ts";
import type { Session } from "../../session/session.ts";
import { surveySessions } from "../../session/survey.ts";
import type {
  ConnectionStats,
  RoomStats,
  SessionStats,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { Busiest } from "../../observe/busiest.ts";
import type { AdminEngine } from "./admin-parts.ts";
import { connectionRow, roomRow, sessionRow } from "./rows.ts";

/** What an engine holds at one moment: totals, and the rows that tell most. */
interface Survey {
  readonly connectionsTotal: number;
  readonly sessionsTotal: number;
  readonly roomsTotal: number;
  readonly sessionsByState: Record<string, number>;
  readonly lagMax: number;
  readonly outboxBytes: number;
  /** With the greatest outboxes. */
  readonly connections: ConnectionStats[];
  /** With the greatest lag. */
  readonly sessions: SessionStats[];
  /** With the most members. */
  readonly rooms: RoomStats[];
  /** The greatest lag in each room that has any, also in those of other nodes. */
  readonly lagMaxByRoom: ReadonlyMap<string, number>;
}

/** Looks at all an engine holds, once, and makes rows of at most `rowsMax` of each. Asks those for their round trip. */
export function surveyEngine(
  engine: Pick<AdminEngine, "sessions" | "connections">,
  clock: Clock,
  {
    rowsMax,
    standings,
    node,
  }: { readonly rowsMax: number; readonly standings: Standings; readonly node: string },
): Survey {
  const laggards = new Busiest<Session>(rowsMax);
  const lagMaxByRoom = new Map<string, number>();
  const { byState, total, lagMax } = surveySessions(engine.sessions.sessions(), (session, lag) => {
    laggards.add(session, lag);
    noteLag(lagMaxByRoom, session, lag);
  });
  const connections = new Busiest<Connection>(rowsMax);
  let outboxBytes = 0;
  for (const connection of engine.connections) {
    outboxBytes += connection.outbox.bytes;
    connections.add(connection, connection.outbox.bytes);
  }
  return {
    connectionsTotal: engine.connections.size,
    sessionsTotal: total,
    roomsTotal: standings.total,
    sessionsByState: byState,
    lagMax,
    outboxBytes,
    connections: connections.take().map((connection) => {
      connection.measure();
      return connectionRow(connection, clock, node);
    }),
    sessions: laggards.take().map((session) => sessionRow(session, clock, node)),
    rooms: standings.rooms.map((room) => roomRow(room, lagMaxByRoom.get(room.roomId) ?? 0)),
    lagMaxByRoom,
  };
}

/** The greatest lag in each room that has any. */
export function lagMaxOf(engine: Pick<AdminEngine, "sessions">): ReadonlyMap<string, number> {
  const lagMaxByRoom = new Map<string, number>();
  surveySessions(engine.sessions.sessions(), (session, lag) => noteLag(lagMaxByRoom, session, lag));
  return lagMaxByRoom;
}

function noteLag(lagMaxByRoom: Map<string, number>, { feed }: Session, lag: number): void {
  const { roomId } = feed.about;
  if (lag > (lagMaxByRoom.get(roomId) ?? 0)) lagMaxByRoom.set(roomId, lag);
}
