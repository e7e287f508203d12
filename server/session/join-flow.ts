import { closeReasons } from "../../shared/close-reason.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Join, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isSessionId } from "../../shared/ids.ts";
import type { LiveRoom } from "../room/live-room.ts";
import { parseRoomQuery, type RoomQuery } from "../rooms/room-query.ts";
import { positionOf } from "./position-of.ts";
import type { Judgement } from "./verdict.ts";
import { judgeJoin } from "./verdict.ts";

/**
 * Checks a Join and says which room it wants (rules HS-6, JN-1, JN-2, JN-4). A reservation is for a room that exists (rule
 * LB-4). @throws RoomlineError `invalid-argument`
 */
export function parseJoin(sessionId: string, join: Join): RoomQuery {
  if (!isSessionId(sessionId)) {
    throw invalid(`Session id "${sessionId}" is not 1 to 64 of A-Z a-z 0-9 _ -.`);
  }
  const query = parseRoomQuery(join);
  if (join.reservation === "") return query;
  if (query.roomId === "") throw invalid("A reservation is for one room: name its room id, too.");
  return { ...query, mode: "join" };
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}

/** Where a new session begins in its room. `joinCursor`: the newest entry when the seat was taken. */
export function judgeJoinTo(room: LiveRoom, join: Join, joinCursor: number): Judgement {
  const { log, epoch, config, stateTick } = room;
  return judgeJoin(
    join.position === undefined ? undefined : positionOf(join.position),
    { epoch, head: log.head, first: log.first, stateTick },
    Math.max(0, joinCursor - config.historyOnJoin),
  );
}

/** Joined, as a frame. */
export function encodeJoined(facts: {
  readonly sessionId: string;
  readonly playerId: string;
  readonly room: LiveRoom;
  readonly cursor: number;
  readonly verdict: Verdict;
}): Uint8Array {
  const { sessionId, playerId, room, cursor, verdict } = facts;
  const { metadata } = room.facts;
  return encodeServerMessage({
    sessionId,
    body: {
      case: "joined",
      value: {
        roomId: room.roomId,
        roomType: room.roomType,
        epoch: room.epoch,
        cursor: BigInt(cursor),
        tickRateHz: room.config.tickRateHz,
        updateRateHz: room.config.updateRateHz,
        playerId,
        verdict,
        contract: room.config.contractWire,
        metadataJson: metadata === null || metadata === undefined ? "" : JSON.stringify(metadata),
      },
    },
  });
}

/** Left, as a frame, for a Join that was taken back before it had a seat. */
export function encodeNotSeated(sessionId: string): Uint8Array {
  const { code, meaning: reason } = closeReasons.left;
  return encodeServerMessage({
    sessionId,
    body: { case: "left", value: { code, reason, mayRejoin: true } },
  });
}
