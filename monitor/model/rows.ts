import type {
  ConnectionStats,
  RoomStats,
  SessionStats,
} from "../../shared/gen/roomline/v1/admin_pb.ts";
import { perSecond } from "./point.ts";

/** A room, as the table shows it. */
export interface RoomRow {
  readonly id: string;
  readonly type: string;
  readonly players: number;
  readonly playersMax: number;
  readonly locked: boolean;
  readonly tickRateHz: number;
  readonly tick: number;
  readonly epoch: string;
  readonly head: number;
  /** Events the log holds. */
  readonly held: number;
  readonly logBytes: number;
  readonly logBytesMax: number;
  readonly rows: number;
  readonly lagMax: number;
  readonly watchers: number;
  readonly createdAtMs: number;
  /** It sleeps: the rest is how it went to sleep. */
  readonly asleep: boolean;
  /** Where it lives. Empty where the server is one process. */
  readonly node: string;
}

/** A session, as the table shows it. */
export interface SessionRow {
  readonly key: string;
  readonly clientId: string;
  readonly roomId: string;
  readonly roomType: string;
  readonly state: string;
  readonly connectionId: string;
  readonly cursor: number;
  readonly lag: number;
  readonly acked: number;
  /** Events sent that the client has not acknowledged. */
  readonly unacked: number;
  readonly stateTick: number;
  readonly inputSeq: number;
  readonly appliedSeq: number;
  readonly rateHz: number;
  readonly joinedAtMs: number;
  /** Where its player is. Empty where the server is one process. */
  readonly node: string;
}

/** A connection, as the table shows it. */
export interface ConnectionRow {
  readonly id: string;
  readonly clientId: string;
  readonly protocol: string;
  readonly address: string;
  readonly openedAtMs: number;
  readonly silentMs: number;
  readonly sessions: number;
  readonly outboxBytes: number;
  /** 0: not measured yet. */
  readonly roundTripMs: number;
  readonly rateDivisor: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Null in the first sample that has the connection. */
  readonly bytesInPerSecond: number | null;
  readonly bytesOutPerSecond: number | null;
  /** Where it came to. Empty where the server is one process. */
  readonly node: string;
}

export function roomRow(room: RoomStats): RoomRow {
  return {
    id: room.roomId,
    type: room.roomType,
    players: room.players,
    playersMax: room.playersMax,
    locked: room.locked,
    tickRateHz: room.tickRateHz,
    tick: Number(room.tick),
    epoch: room.epoch,
    head: Number(room.logHead),
    held: Number(room.logHead - room.logFirst) + 1,
    logBytes: Number(room.logBytes),
    logBytesMax: Number(room.logBytesMax),
    rows: room.rows,
    lagMax: Number(room.lagMax),
    watchers: room.watchers,
    createdAtMs: Number(room.createdAtMs),
    asleep: room.asleep,
    node: room.node,
  };
}

export function sessionRow(session: SessionStats): SessionRow {
  const cursor = Number(session.cursor);
  const acked = Number(session.ackedCursor);
  return {
    key: session.key,
    clientId: session.clientId,
    roomId: session.roomId,
    roomType: session.roomType,
    state: session.state,
    connectionId: session.connectionId,
    cursor,
    lag: Number(session.lag),
    acked,
    unacked: Math.max(0, cursor - acked),
    stateTick: Number(session.stateTick),
    inputSeq: Number(session.inputSeq),
    appliedSeq: Number(session.appliedSeq),
    rateHz: session.updateRateHz,
    joinedAtMs: Number(session.joinedAtMs),
    node: session.node,
  };
}

/** The rows of all connections; `before` is those of the sample `elapsedMs` ago, from which the rates come. */
export function connectionRows(
  connections: readonly ConnectionStats[],
  before: readonly ConnectionRow[],
  elapsedMs: number,
): ConnectionRow[] {
  const earlier = new Map(before.map((row) => [row.id, row]));
  return connections.map((connection) => {
    const bytesIn = Number(connection.bytesIn);
    const bytesOut = Number(connection.bytesOut);
    const past = earlier.get(connection.connectionId);
    return {
      id: connection.connectionId,
      clientId: connection.clientId,
      protocol: connection.protocol,
      address: connection.address,
      openedAtMs: Number(connection.openedAtMs),
      silentMs: connection.silentMs,
      sessions: connection.sessions,
      outboxBytes: Number(connection.outboxBytes),
      roundTripMs: connection.roundTripMs,
      rateDivisor: connection.rateDivisor,
      bytesIn,
      bytesOut,
      bytesInPerSecond: past ? perSecond(past.bytesIn, bytesIn, elapsedMs) : null,
      node: connection.node,
      bytesOutPerSecond: past ? perSecond(past.bytesOut, bytesOut, elapsedMs) : null,
    };
  });
}
