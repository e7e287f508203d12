import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "../../../shared/clock.ts";
import type { Kind, TableKind } from "../../../shared/contract/contract-table.ts";
import type {
  RoomEventSchema,
  RoomTableSchema,
  WatchRoomResponseSchema,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { ServerMessageSchema } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import type { LiveRoom } from "../../room/live-room.ts";
import type { LogEntry } from "../../feed/log.ts";
import { payloadJson, rowJson, valueJson } from "./payload-json.ts";
import { roomRow } from "./rows.ts";

export type RoomMessage = MessageInitShape<typeof WatchRoomResponseSchema>;

/** Bounds of a view. */
export interface RoomViewConfig {
  readonly eventsMax: number;
  readonly rowsMax: number;
}

/** One room at this moment, for people. `lagMax`: the greatest lag of its sessions. */
export function viewRoom(
  room: LiveRoom,
  config: RoomViewConfig,
  at: { readonly clock: Clock; readonly lagMax: number },
): RoomMessage {
  const { contract } = room.config;
  return {
    room: roomRow(room, at.lagMax, at.clock),
    metadata: valueJson(room.facts.metadata),
    members: [...room.context.players.values()].map(({ id, sessionId, connected }) => ({
      playerId: id,
      sessionId,
      connected,
    })),
    tables: contract.tables.all.map((kind) => viewTable(room, kind, config.rowsMax)),
    events: viewEvents(room, config.eventsMax),
    eventKinds: contract.events.all.map(({ name }) => name),
  };
}

/** Changes whenever there may be something new to see. */
export function roomSignature(room: LiveRoom): string {
  const { facts, log, playerCount } = room;
  const connected = [...room.context.players.values()].map((player) =>
    player.connected ? "1" : "0",
  );
  return JSON.stringify([
    log.head,
    // Nobody commits the state of an empty room; its code may change it all the same.
    playerCount === 0 ? room.tickNumber : room.stateTick,
    [...room.context.players.keys()],
    connected.join(""),
    facts.locked,
    facts.maxPlayers,
    valueJson(facts.metadata),
  ]);
}

function viewTable(
  room: LiveRoom,
  { name, type }: TableKind,
  rowsMax: number,
): MessageInitShape<typeof RoomTableSchema> {
  const table = room.context.state[name];
  const rows = [];
  for (const [key, row] of table ?? []) {
    if (rows.length >= rowsMax) break;
    rows.push({ key, value: rowJson(type, row) });
  }
  return { name, rowsTotal: table?.size ?? 0, rows };
}

/** The newest events, oldest first. */
function viewEvents(room: LiveRoom, eventsMax: number) {
  const { log, config } = room;
  const kinds = config.contract.events.byNumber;
  const events = [];
  for (let cursor = Math.max(log.first, log.head - eventsMax + 1); cursor <= log.head; cursor++) {
    const entry = log.get(cursor);
    if (entry !== undefined) events.push(viewEvent(entry, kinds));
  }
  return events;
}

function viewEvent(
  { cursor, body: encoded, audience }: LogEntry,
  kinds: readonly (Kind | undefined)[],
): MessageInitShape<typeof RoomEventSchema> {
  const restricted = audience !== undefined;
  const { body } = fromBinary(ServerMessageSchema, encoded);
  if (body.case !== "event") return { cursor: BigInt(cursor), restricted };
  const { kind: number, payload, sender, timeMs } = body.value;
  const kind = kinds[number];
  return {
    cursor: BigInt(cursor),
    kind: kind?.name ?? "",
    ...(kind !== undefined && { payload: payloadJson(kind.type, payload) }),
    sender,
    timeMs,
    restricted,
  };
}
