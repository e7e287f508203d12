import { isShallowJson } from "../../shared/json-depth.ts";
import type { LiveRoom } from "../room/live-room.ts";

/** What anybody may know of a room, as it was at one moment. */
export interface RoomListing {
  readonly roomId: string;
  readonly roomType: string;
  /** Members, connected or not. */
  readonly players: number;
  readonly playersMax: number;
  /** Seats held by reservations. */
  readonly reserved: number;
  readonly locked: boolean;
  /** What the room says of itself, as JSON text; empty for nothing. */
  readonly metadataJson: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
}

/** Looks at a room. */
export function listRoom(room: LiveRoom, createdAtMs: number): RoomListing {
  const { facts, playerCount } = room;
  return {
    roomId: room.roomId,
    roomType: room.roomType,
    players: playerCount,
    playersMax: clampUint32(facts.maxPlayers),
    reserved: room.seatsTaken - playerCount,
    locked: facts.locked,
    metadataJson: jsonOf(facts.metadata),
    createdAtMs,
  };
}

/** Room code may set any number of players; what travels is whole, and has 32 bits. */
export function clampUint32(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(0xffff_ffff, Math.max(0, Math.floor(value)));
}

/** Metadata that has no JSON, or is nested too deep to be read, is no reason to hide a room, or to fail whoever asks for all. */
function jsonOf(metadata: unknown): string {
  if (metadata === null || metadata === undefined) return "";
  try {
    // JSON.stringify gives undefined for functions and symbols, whatever its type says.
    const json = JSON.stringify(metadata) as string | undefined;
    return json !== undefined && isShallowJson(JSON.parse(json)) ? json : "";
  } catch {
    return "";
  }
}

/** Whether two listings of one room say the same; undefined: it is not listed. */
export function sameListing(a: RoomListing | undefined, b: RoomListing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.players === b.players &&
    a.playersMax === b.playersMax &&
    a.reserved === b.reserved &&
    a.locked === b.locked &&
    a.metadataJson === b.metadataJson
  );
}
