import { closeReasons } from "../../shared/close-reason.ts";
import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { JoinMode, type Join, type Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName, isSessionId } from "../../shared/ids.ts";
import type { LiveRoom } from "../room/live-room.ts";
import { pending } from "../room/pending.ts";
import type { RoomTypeConfig } from "../room/room-config.ts";
import type { RoomManager, RoomQuery } from "../room/room-manager.ts";
import { positionOf } from "./position-of.ts";
import type { Judgement } from "./verdict.ts";
import { judgeJoin } from "./verdict.ts";

const optionsBytesMax = 4_096;

/** Checks a Join and says which room it wants (rules HS-6, JN-1, JN-2, JN-4). @throws RoomlineError `invalid-argument` */
export function parseJoin(sessionId: string, join: Join): RoomQuery {
  const { roomId, roomType, optionsJson } = join;
  if (!isSessionId(sessionId)) {
    throw invalid(`Session id "${sessionId}" is not 1 to 64 of A-Z a-z 0-9 _ -.`);
  }
  if (roomId === "" && roomType === "")
    throw invalid("Join names neither a room id nor a room type.");
  for (const [what, name] of [
    ["Room id", roomId],
    ["Room type", roomType],
  ] as const) {
    if (name !== "" && !isName(name)) {
      throw invalid(`${what}s have 1 to 128 characters and no control characters.`);
    }
  }
  return { roomId, roomType, mode: modeOf(join), options: parseOptions(optionsJson) };
}

function modeOf(join: Join): RoomQuery["mode"] {
  switch (join.mode) {
    case JoinMode.JOIN:
      return "join";
    case JoinMode.CREATE:
      return "create";
    case JoinMode.JOIN_OR_CREATE:
      return "join-or-create";
    default:
      return join.roomType === "" ? "join" : "join-or-create";
  }
}

function parseOptions(json: string): unknown {
  if (json === "") return undefined;
  if (Buffer.byteLength(json) > optionsBytesMax)
    throw invalid("Join options are longer than 4 KiB.");
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RoomlineError("invalid-argument", "Join options are not JSON.", { cause });
  }
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}

/** The type of the room a Join is about; undefined when it names a room that does not exist. */
export function joinedType(rooms: RoomManager, query: RoomQuery): string | undefined {
  return query.roomType === "" ? rooms.get(query.roomId)?.roomType : query.roomType;
}

/** Lets a room type's `authorize` decide. Undefined when it has none or has allowed it at once, else a promise. */
export function authorizeJoin(
  type: RoomTypeConfig,
  query: RoomQuery,
  player: { readonly playerId: string; readonly claims: unknown },
): Promise<void> | undefined {
  const refuse = (thrown: unknown): never => {
    if (thrown instanceof RoomlineError && thrown.code !== "internal") throw thrown;
    throw new RoomlineError("join-refused", messageOf(thrown), { cause: thrown });
  };
  try {
    const { roomId, options } = query;
    const answer = type.definition.authorize?.({ ...player, roomType: type.type, roomId, options });
    return pending(answer)?.then(() => undefined, refuse);
  } catch (thrown) {
    return refuse(thrown);
  }
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
