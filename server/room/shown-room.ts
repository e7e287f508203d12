import type { RoomMember, RoomStanding, RoomSummary } from "../feed/catalogue.ts";
import type { CommittedFeed } from "../feed/committed-feed.ts";
import { clampUint32 } from "./clamp.ts";
import type { RoomTypeConfig } from "./config.ts";
import type { RoomFacts } from "./context.ts";
import type { Containment } from "./hooks/containment.ts";
import { metadataJson } from "./members/metadata-json.ts";
import type { Room } from "./room-api.ts";

/** A room, as far as it is shown to whoever is not in it. */
interface ShownRoom {
  readonly roomId: string;
  readonly roomType: string;
  readonly config: RoomTypeConfig;
  readonly feed: CommittedFeed;
  readonly facts: Readonly<RoomFacts>;
  readonly locked: boolean;
  readonly playerCount: number;
  readonly seatsTaken: number;
  readonly tickNumber: number;
  readonly createdWallMs: number;
}

/** What anybody may know of a room. */
export function summaryOf(room: ShownRoom): RoomSummary {
  const { maxPlayers, listed, locked, metadata } = room.facts;
  return {
    roomId: room.roomId,
    roomType: room.roomType,
    listed,
    players: room.playerCount,
    playersMax: clampUint32(maxPlayers),
    reserved: room.seatsTaken - room.playerCount,
    locked,
    metadataJson: metadataJson(metadata),
    createdAtMs: room.createdWallMs,
  };
}

/** What operators see of a room. */
export function standingOf(
  room: ShownRoom,
  { rows, node }: { readonly rows: number; readonly node: string | undefined },
): RoomStanding {
  const { feed, config } = room;
  return {
    roomId: room.roomId,
    roomType: room.roomType,
    epoch: feed.about.epoch,
    players: room.playerCount,
    playersMax: clampUint32(room.facts.maxPlayers),
    locked: room.locked,
    tickRateHz: config.tickRateHz,
    tick: room.tickNumber,
    logHead: feed.log.head,
    logFirst: feed.log.first,
    logBytes: feed.log.bytes,
    logBytesMax: config.log.bytesMax,
    rows,
    watchers: feed.watches,
    createdAtMs: room.createdWallMs,
    ...(node !== undefined && { node }),
  };
}

/** What operators are shown of the members of a room, by the names that its code gives them. */
export function membersOf(
  room: Room,
  { definition }: RoomTypeConfig,
  containment: Containment,
): RoomMember[] {
  return [...room.players.values()].map((player) => {
    const { id: playerId, sessionId, connected } = player;
    let name: unknown;
    void containment.run("nameOf", () => void (name = definition.nameOf?.(room, player)));
    return { playerId, sessionId, connected, name: typeof name === "string" ? name : "" };
  });
}
