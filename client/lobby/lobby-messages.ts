import { create, fromJsonString, toJson, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema, type Value } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { errorCodeNamed, RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";
import {
  decodeDetail,
  errorNameHeader,
  errorReasonHeader,
} from "../../shared/transport/grpc-names.ts";
import {
  RoomInfoSchema,
  type RoomFilterSchema,
  type RoomInfo,
} from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { TryVerdict } from "../calls/kept-call.ts";
import { connectErrorOf } from "../calls/make-call.ts";
import { optionsBytesMax } from "../../shared/limits.ts";
import type { LobbyFilter, LobbyRoom } from "./lobby-api.ts";

/** Options of a room as they travel; undefined for undefined. @throws RoomlineError `invalid-argument` */
export function wireOptions(options: unknown): Value | undefined {
  const value = wireValue(options, "options");
  if (utf8.encode(JSON.stringify(options ?? "")).length <= optionsBytesMax) return value;
  const message = `options have more than ${optionsBytesMax} bytes as JSON.`;
  throw new RoomlineError("invalid-argument", message);
}

const utf8 = new TextEncoder();

/** A JSON value as it travels; undefined for undefined. `name` is for the error. @throws RoomlineError `invalid-argument` */
function wireValue(value: unknown, name: string): Value | undefined {
  if (value === undefined) return undefined;
  const fault = jsonFault(value, name);
  if (fault !== undefined) throw new RoomlineError("invalid-argument", `${jsonFaultText(fault)}.`);
  try {
    return fromJsonString(ValueSchema, JSON.stringify(value));
  } catch (cause) {
    throw new RoomlineError("invalid-argument", `${name} cannot travel.`, { cause });
  }
}

/** A filter as it travels. */
export type WireFilter = MessageInitShape<typeof RoomFilterSchema>;

/** @throws RoomlineError `invalid-argument` */
export function wireFilter({ metadata = {}, ...filter }: LobbyFilter): WireFilter {
  const members = Object.entries(metadata).flatMap(([name, value]) => {
    const wire = wireValue(value, `filter.metadata.${name}`);
    return wire === undefined ? [] : [[name, wire] as const];
  });
  return { ...filter, metadata: Object.fromEntries(members) };
}

export function lobbyRoom(info: RoomInfo | undefined): LobbyRoom {
  const { roomId, roomType, players, playersMax, reserved, locked, asleep, metadata, createdAtMs } =
    info ?? create(RoomInfoSchema);
  return {
    roomId,
    roomType,
    players,
    playersMax,
    reserved,
    locked,
    asleep,
    metadata: metadata === undefined ? undefined : toJson(ValueSchema, metadata),
    createdAtMs: Number(createdAtMs),
  };
}

/** What another call would not change. Everything else may be of the network, or of a server that is on its way. */
const refusals: Partial<Record<Code, RoomlineErrorCode>> = {
  [Code.InvalidArgument]: "invalid-argument",
  [Code.PermissionDenied]: "join-refused",
  [Code.Unauthenticated]: "unauthenticated",
  [Code.Unimplemented]: "invalid-use",
};

/**
 * What a call failed with, by the name the server gave it, else by its status. Without the server's mark on it, it is of
 * something in between, which answers for nobody: `unavailable`.
 */
export function lobbyError(thrown: unknown): RoomlineError {
  const own = RoomlineError.from(thrown);
  if (own === thrown) return own;
  const error = connectErrorOf(thrown);
  const name = error.metadata.get(errorNameHeader);
  const code = name === null ? undefined : (errorCodeNamed(name) ?? refusals[error.code]);
  const reason = decodeDetail(error.metadata.get(errorReasonHeader) ?? "");
  return new RoomlineError(code ?? "unavailable", error.rawMessage, { cause: thrown, reason });
}

/** How one call of a watched list ended. */
export interface RoomsTryEnd {
  readonly error: RoomlineError;
  /** The server asks for a new token: the next try has one, or says that there is none (rule HS-9). */
  readonly wantsNewToken: boolean;
  readonly detail: string;
}

const passing: ReadonlySet<RoomlineErrorCode> = new Set([
  "unavailable",
  "rate-limited",
  "draining",
  "internal",
]);

/** Decides whether a watched list comes back. */
export function judgeRoomsTry({
  error,
  wantsNewToken,
}: RoomsTryEnd): TryVerdict<RoomlineError | undefined> {
  return wantsNewToken || passing.has(error.code) ? { next: "retry" } : { next: "end", end: error };
}
