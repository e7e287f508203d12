import { create } from "@bufbuild/protobuf";
import type { Clock } from "../../../shared/clock.ts";
import {
  ConnectionStatsSchema,
  JournalEntrySchema,
  RoomStatsSchema,
  SessionStatsSchema,
  type ConnectionStats,
  type JournalEntry as JournalRow,
  type RoomStats,
  type SessionStats,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { Connection } from "../../connection/connection.ts";
import type { JournalEntry } from "../../observe/journal.ts";
import type { RoomStanding } from "../../feed/catalogue.ts";
import type { Session } from "../../session/session.ts";
import type { AdminParts } from "./admin-parts.ts";

/** The name of this node as its rows have it: empty where there are no others. */
export function rowNode({ node, nodes }: Pick<AdminParts, "node" | "nodes">): string {
  return nodes === undefined ? "" : node;
}

/** A count as the wire has it: whole and not negative. */
export function uint64(value: number): bigint {
  return BigInt(Math.max(0, Math.round(value)));
}

/** What a connection is at this moment. */
export function connectionRow(connection: Connection, clock: Clock, node: string): ConnectionStats {
  const { meter } = connection;
  return create(ConnectionStatsSchema, {
    connectionId: connection.id,
    clientId: connection.clientId,
    protocol: meter.protocol,
    address: meter.address,
    openedAtMs: wallTime(meter.openedAtMs, clock),
    silentMs: Math.max(0, clock.now() - connection.lastReceivedMs),
    sessions: connection.sessionCount,
    outboxBytes: uint64(connection.outbox.bytes),
    roundTripMs: meter.roundTripMs,
    rateDivisor: connection.outbox.rateDivisor,
    bytesIn: uint64(connection.bytesReceived),
    bytesOut: uint64(connection.outbox.bytesSent),
    node,
  });
}

/** What a session is at this moment. */
export function sessionRow(session: Session, clock: Clock, node: string): SessionStats {
  const { clientId, sessionId, feed, stream } = session;
  return create(SessionStatsSchema, {
    key: `${clientId}:${sessionId}`,
    clientId,
    sessionId,
    roomId: feed.about.roomId,
    roomType: feed.about.roomType,
    state: session.state.kind,
    connectionId: session.connectionId,
    cursor: uint64(stream?.cursor ?? 0),
    lag: uint64(session.lag),
    ackedCursor: uint64(session.ackedCursor),
    stateTick: uint64(stream?.stateTick ?? 0),
    inputSeq: uint64(session.lastInputSeq),
    appliedSeq: uint64(session.acked),
    updateRateHz: stream?.updateRateHz ?? 0,
    joinedAtMs: wallTime(session.joinedAtMs, clock),
    node,
  });
}

/** What a room is at this moment. `lagMax`: the greatest lag of its sessions. */
export function roomRow(room: RoomStanding, lagMax: number): RoomStats {
  return create(RoomStatsSchema, {
    ...room,
    tick: uint64(room.tick),
    logHead: uint64(room.logHead),
    logFirst: uint64(room.logFirst),
    logBytes: uint64(room.logBytes),
    logBytesMax: uint64(room.logBytesMax),
    createdAtMs: uint64(room.createdAtMs),
    lagMax: uint64(lagMax),
  });
}

/** Milliseconds since the Unix epoch of a moment on the monotonic clock. */
function wallTime(atMs: number, clock: Clock): bigint {
  return uint64(clock.wallNow() - (clock.now() - atMs));
}

/** An entry of the journal as the wire has it. */
export function journalRow(entry: JournalEntry, node: string): JournalRow {
  const { number, timeMs, ...facts } = entry;
  return create(JournalEntrySchema, {
    ...facts,
    number: uint64(number),
    timeMs: uint64(timeMs),
    node,
  });
}
