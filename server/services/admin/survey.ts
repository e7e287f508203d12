import type { Clock } from "../../../shared/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import type { Standings } from "../../feed/catalogue.ts";
import type { Engine } from "../../engine.ts";
import type { Session } from "../../session/session.ts";
import type {
  ConnectionStats,
  RoomStats,
  SessionStats,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { Busiest } from "../../observe/busiest.ts";
import { connectionRow, roomRow, sessionRow } from "./rows.ts";

/** What an engine holds at one moment: totals, and the rows that tell most. */
export interface Survey {
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
}

/** Looks at all an engine holds, once, and makes rows of at most `rowsMax` of each. Asks those for their round trip. */
export function surveyEngine(
  engine: Engine,
  clock: Clock,
  { rowsMax, standings }: { readonly rowsMax: number; readonly standings: Standings },
): Survey {
  const sessions = surveySessions(engine, rowsMax);
  const connections = new Busiest<Connection>(rowsMax);
  let outboxBytes = 0;
  for (const connection of engine.connections) {
    outboxBytes += connection.outbox.bytes;
    connections.add(connection, connection.outbox.bytes);
  }
  const { byState, total, lagMax, lagMaxByRoom } = sessions;
  return {
    connectionsTotal: engine.connections.size,
    sessionsTotal: total,
    roomsTotal: standings.total,
    sessionsByState: byState,
    lagMax,
    outboxBytes,
    connections: connections.take().map((connection) => {
      connection.measure();
      return connectionRow(connection, clock);
    }),
    sessions: sessions.top.take().map((session) => sessionRow(session, clock)),
    rooms: standings.rooms.map((room) => roomRow(room, lagMaxByRoom.get(room.roomId) ?? 0)),
  };
}

function surveySessions(engine: Engine, rowsMax: number) {
  const byState: Record<string, number> = { active: 0, paused: 0, detached: 0 };
  const lagMaxByRoom = new Map<string, number>();
  const top = new Busiest<Session>(rowsMax);
  let total = 0;
  let lagMax = 0;
  for (const session of engine.sessions.sessions()) {
    const { kind } = session.state;
    const lag = session.stream?.lag ?? 0;
    total++;
    byState[kind] = (byState[kind] ?? 0) + 1;
    top.add(session, lag);
    lagMax = Math.max(lagMax, lag);
    const { roomId } = session.feed.about;
    if (lag > (lagMaxByRoom.get(roomId) ?? 0)) lagMaxByRoom.set(roomId, lag);
  }
  return { byState, lagMaxByRoom, top, total, lagMax };
}

/** The greatest lag in each room that has any. */
export function lagMaxOf(engine: Engine): ReadonlyMap<string, number> {
  return surveySessions(engine, 0).lagMaxByRoom;
}
