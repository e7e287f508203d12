import { encodeServerMessage } from "../../shared/codec/server-frame.ts";
import { contractTableToWire } from "../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { JoinMode, type Join, type Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName, isSessionId } from "../../shared/ids.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomManager, RoomQuery } from "../room/room-manager.ts";
import { positionOf } from "./position-of.ts";
import type { Judgement } from "./verdict.ts";
import { judgeJoin } from "./verdict.ts";

const optionsLengthMax = 4_096;

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
  if (json.length > optionsLengthMax) throw invalid("Join options are longer than 4 KiB.");
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RoomlineError("invalid-argument", "Join options are not JSON.", { cause });
  }
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}

/** Lets the room type's `authorize` decide. Undefined when it has none or has allowed it at once, else a promise. */
export function authorizeJoin(
  rooms: RoomManager,
  query: RoomQuery,
  player: { readonly playerId: string; readonly claims: unknown },
): Promise<void> | undefined {
  const type = query.roomType === "" ? rooms.get(query.roomId)?.roomType : query.roomType;
  if (type === undefined) return undefined;
  const { definition } = rooms.type(type);
  const refuse = (thrown: unknown): never => {
    if (thrown instanceof RoomlineError && thrown.code !== "internal") throw thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new RoomlineError("join-refused", message, { cause: thrown });
  };
  try {
    const { roomId, options } = query;
    const answer = definition.authorize?.({ ...player, roomType: type, roomId, options });
    return answer instanceof Promise ? answer.catch(refuse) : undefined;
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
        contract: contractTableToWire(room.config.contract),
        metadataJson: metadata === null || metadata === undefined ? "" : JSON.stringify(metadata),
      },
    },
  });
}
