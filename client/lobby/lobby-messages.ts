import { create, fromJsonString, toJson, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema, type Value } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { errorCodeNamed, RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
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
import type { LobbyFilter, LobbyRoom } from "./lobby-api.ts";

/** A JSON value as it travels; undefined for undefined. @throws RoomlineError `invalid-argument` */
export function wireValue(value: unknown): Value | undefined {
  if (value === undefined) return undefined;
  try {
    return fromJsonString(ValueSchema, JSON.stringify(value));
  } catch (cause) {
    throw new RoomlineError("invalid-argument", "A value for the lobby has no JSON.", { cause });
  }
}

/** @throws RoomlineError `invalid-argument` */
export function wireFilter({
  metadata = {},
  ...filter
}: LobbyFilter): MessageInitShape<typeof RoomFilterSchema> {
  const members = Object.entries(metadata).flatMap(([name, value]) => {
    const wire = wireValue(value);
    return wire === undefined ? [] : [[name, wire] as const];
  });
  return { ...filter, metadata: Object.fromEntries(members) };
}

export function lobbyRoom(info: RoomInfo | undefined): LobbyRoom {
  const { roomId, roomType, players, playersMax, reserved, locked, metadata, createdAtMs } =
    info ?? create(RoomInfoSchema);
  return {
    roomId,
    roomType,
    players,
    playersMax,
    reserved,
    locked,
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

/** What a call failed with, by the name the server gave it, else by its status. */
export function lobbyError(thrown: unknown): RoomlineError {
  const own = RoomlineError.from(thrown);
  if (own === thrown) return own;
  const error = connectErrorOf(thrown);
  const named = errorCodeNamed(error.metadata.get(errorNameHeader) ?? "");
  const code = named ?? refusals[error.code] ?? "unavailable";
  const reason = decodeDetail(error.metadata.get(errorReasonHeader) ?? "");
  return new RoomlineError(code, error.rawMessage, { cause: thrown, reason });
}

/** How one call of a watched list ended. */
export interface RoomsTryEnd {
  readonly error: RoomlineError;
  readonly detail: string;
}

const passing: ReadonlySet<RoomlineErrorCode> = new Set([
  "unavailable",
  "rate-limited",
  "draining",
  "internal",
]);

/** Decides whether a watched list comes back. */
export function judgeRoomsTry({ error }: RoomsTryEnd): TryVerdict<RoomlineError | undefined> {
  return passing.has(error.code) ? { next: "retry" } : { next: "end", end: error };
}
