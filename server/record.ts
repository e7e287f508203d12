import type { CloseReason } from "../shared/close-reason.ts";
import { GapReason, Verdict } from "../shared/gen/roomline/v1/realtime_pb.ts";
import type { Connection, ConnectionObserver } from "./connection/connection.ts";
import type { Journal, JournalFacts } from "./observe/journal.ts";
import { verdictName, type Tally } from "./observe/tally.ts";
import type { StreamGap } from "./session/session-stream.ts";
import type { RoomObserver } from "./rooms/host.ts";
import type { Session, SessionObserver } from "./session/session.ts";

/** Told of streams, beside what connections tell themselves. */
interface ConnectionRecord extends ConnectionObserver {
  /** A stream was closed before it became a connection. */
  onTurnedAway(reason: CloseReason): void;
}

/** What the layers of an engine tell, written down: counted in its tally, told in its journal. */
export interface EngineRecord {
  readonly connections: ConnectionRecord;
  readonly sessions: SessionObserver;
  readonly rooms: Pick<
    RoomObserver,
    "onCreated" | "onClosed" | "onMovedAway" | "onArrived" | "onAsleep" | "onWoken"
  >;
}

/** Creates the record of an engine. */
export function createRecord(tally: Tally, journal: Journal): EngineRecord {
  return {
    connections: recordConnections(tally, journal),
    sessions: recordSessions(tally, journal),
    rooms: {
      onCreated: ({ roomId, roomType }) =>
        journal.add("room-created", { roomId, detail: roomType }),
      onClosed: ({ roomId }, reason, detail) =>
        journal.add("room-closed", { roomId, detail: sentenceOf(reason, detail) }),
      onMovedAway: ({ roomId }, { node }) =>
        journal.add("room-moved", { roomId, detail: `to ${node}` }),
      onArrived: ({ roomId, roomType }) =>
        journal.add("room-moved", { roomId, detail: `here, a ${roomType}` }),
      onAsleep: ({ roomId, roomType }) => journal.add("room-asleep", { roomId, detail: roomType }),
      onWoken: ({ roomId, roomType }) => journal.add("room-woken", { roomId, detail: roomType }),
    },
  };
}

function recordConnections(tally: Tally, journal: Journal): ConnectionRecord {
  const facts = ({ id, clientId }: Connection): JournalFacts => ({ connectionId: id, clientId });
  return {
    onConnected: (connection) =>
      journal.add("connected", {
        ...facts(connection),
        detail: `${connection.meter.protocol} ${connection.meter.address}`,
      }),
    onThrottled: (connection, detail) => journal.add("throttled", { ...facts(connection), detail }),
    onEnded(connection, reason, detail) {
      tally.close(reason);
      journal.add("closed", { ...facts(connection), detail: sentenceOf(reason, detail) });
    },
    onTurnedAway(reason) {
      tally.close(reason);
      journal.add("closed", { detail: reason.name });
    },
  };
}

function recordSessions(tally: Tally, journal: Journal): SessionObserver {
  const facts = ({ clientId, feed, connectionId }: Session): JournalFacts => ({
    clientId,
    roomId: feed.about.roomId,
    connectionId,
  });
  return {
    onJoined(session, verdict) {
      tally.verdict(verdict);
      journal.add("joined", { ...facts(session), detail: verdictName(verdict) });
    },
    onResumed(session, verdict) {
      tally.verdict(verdict);
      journal.add("resumed", { ...facts(session), detail: verdictName(verdict) });
    },
    onGone(clientId) {
      tally.verdict(Verdict.GONE);
      journal.add("resumed", { clientId, detail: verdictName(Verdict.GONE) });
    },
    onDetached: (session) => journal.add("detached", facts(session)),
    onLeft: (session, reason) => journal.add("left", { ...facts(session), detail: reason.name }),
    onGap: (session, gap) => journal.add("gap", { ...facts(session), detail: gapSentence(gap) }),
  };
}

function sentenceOf(reason: CloseReason, detail: string): string {
  return detail === "" ? reason.name : `${reason.name}: ${detail}`;
}

const gapReasons: Readonly<Partial<{ [Reason in GapReason]: string }>> = {
  [GapReason.LOG_TRIMMED]: "the log no longer had them",
  [GapReason.EPOCH_CHANGED]: "they were of an earlier room",
  [GapReason.HISTORY_LIMIT]: "the room does not give so many",
  [GapReason.HISTORY_UNAVAILABLE]: "the history of the room could not be read",
};

function gapSentence({ from, to, reason }: StreamGap): string {
  const which = to === 0 ? `from ${from} on` : `${from} to ${to}`;
  return `events ${which}: ${gapReasons[reason] ?? "not sent"}`;
}
