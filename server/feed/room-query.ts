import { RoomlineError } from "../../shared/errors.ts";
import { JoinMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../../shared/ids.ts";
import { optionsBytesMax } from "../../shared/limits.ts";

/** How somebody names the room they want (rule JN-2). */
export interface RoomQuery {
  /** Empty: any room of the type. */
  readonly roomId: string;
  /** Empty: whatever type the room has. */
  readonly roomType: string;
  readonly mode: "join" | "create" | "join-or-create";
  /** JSON, or undefined. */
  readonly options: unknown;
  /** What the contract of whoever asks is called (rule JN-9). Empty, or left out: not said. */
  readonly contract?: string;
}

/** A query as it travels. */
interface WireRoomQuery {
  readonly roomId: string;
  readonly roomType: string;
  readonly mode: JoinMode;
  /** Empty: none. */
  readonly optionsJson: string;
  readonly contract?: string;
}

/** Checks what was asked for (rules HS-6, JN-2, JN-4). @throws RoomlineError `invalid-argument` */
export function parseRoomQuery(query: WireRoomQuery): RoomQuery {
  const { roomId, roomType, mode, optionsJson, contract = "" } = query;
  if (roomId === "" && roomType === "")
    throw invalid("Neither a room id nor a room type is named.");
  for (const [what, name] of [
    ["Room id", roomId],
    ["Room type", roomType],
    ["Contract", contract],
  ] as const) {
    if (name !== "" && !isName(name)) {
      throw invalid(`${what}s have 1 to 128 characters and no control characters.`);
    }
  }
  return {
    roomId,
    roomType,
    mode: modeOf(mode, roomType),
    options: parseOptions(optionsJson),
    contract,
  };
}

function modeOf(mode: JoinMode, roomType: string): RoomQuery["mode"] {
  switch (mode) {
    case JoinMode.JOIN:
      return "join";
    case JoinMode.CREATE:
      return "create";
    case JoinMode.JOIN_OR_CREATE:
      return "join-or-create";
    default:
      return roomType === "" ? "join" : "join-or-create";
  }
}

function parseOptions(json: string): unknown {
  if (json === "") return undefined;
  if (Buffer.byteLength(json) > optionsBytesMax)
    throw invalid("The options are longer than 4 KiB.");
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RoomlineError("invalid-argument", "The options are not JSON.", { cause });
  }
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}
