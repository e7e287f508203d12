import { isDeepStrictEqual } from "node:util";
import type { RoomFilter } from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import type { RoomMatcher } from "../../feed/catalogue.ts";
import { jsonOfValue } from "../http/plain-value.ts";

/** Which rooms a filter picks (rule LB-2). @throws RoomlineError `invalid-argument` */
export function roomMatcher(filter: RoomFilter | undefined): RoomMatcher {
  const { roomType = "", joinable = false, metadata = {} } = filter ?? {};
  const wanted = Object.entries(metadata).map(([name, value]): [string, unknown] => [
    name,
    JSON.parse(jsonOfValue(value)),
  ]);
  return (room) => {
    if (roomType !== "" && room.roomType !== roomType) return false;
    if (joinable && (room.locked || room.players + room.reserved >= room.playersMax)) return false;
    return wanted.length === 0 || hasMembers(room.metadataJson, wanted);
  };
}

function hasMembers(json: string, wanted: readonly (readonly [string, unknown])[]): boolean {
  const metadata: unknown = json === "" ? null : JSON.parse(json);
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return false;
  const members = new Map<string, unknown>(Object.entries(metadata));
  return wanted.every(
    ([name, value]) => members.has(name) && isDeepStrictEqual(members.get(name), value),
  );
}
