import { fromJson, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type { WatchRoomResponseSchema } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { RoomLook } from "../../feed/catalogue.ts";
import { roomRow } from "./rows.ts";

export type RoomMessage = MessageInitShape<typeof WatchRoomResponseSchema>;

/** A room as operators are sent it. `lagMax`: the greatest lag of its sessions. */
export function roomMessage(look: RoomLook, lagMax: number): RoomMessage {
  const { standing, metadata, members, tables, events, eventKinds } = look;
  return {
    room: roomRow(standing, lagMax),
    metadata: valueOf(metadata),
    members: [...members],
    tables: tables.map(({ name, rowsTotal, rows }) => ({
      name,
      rowsTotal,
      rows: rows.map(({ key, value }) => ({ key, value: valueOf(value) })),
    })),
    events: events.map(({ cursor, payload, timeMs, ...event }) => ({
      ...event,
      cursor: BigInt(cursor),
      payload: valueOf(payload),
      timeMs: BigInt(timeMs),
    })),
    eventKinds: [...eventKinds],
  };
}

function valueOf(json: JsonValue) {
  return fromJson(ValueSchema, json);
}
