import type { LobbyRoom } from "roomline/client";
import { plainTable } from "../plain-table.ts";

const metadataLengthMax = 48;

/** Rooms to be read, oldest first, and how many there are. */
export function roomsTable(rooms: readonly LobbyRoom[], nowMs: number): string {
  const players = rooms.reduce((sum, room) => sum + room.players, 0);
  const total = `${count(rooms.length, "room")}, ${count(players, "player")}\n`;
  if (rooms.length === 0) return total;
  const table = plainTable(["ROOM", "TYPE", "PLAYERS", "STATE", "AGE", "METADATA"]);
  for (const room of rooms) {
    const { roomId, roomType, createdAtMs, metadata } = room;
    const age = ageText(nowMs - createdAtMs);
    table.push([roomId, roomType, seats(room), state(room), age, metadataText(metadata)]);
  }
  return `${table.toString()}\n${total}`;
}

/** One line for a room, such as `lobby chat 3/50 open`. */
export function roomLine(room: LobbyRoom): string {
  return [room.roomId, room.roomType, seats(room), state(room), metadataText(room.metadata)]
    .join(" ")
    .trimEnd();
}

/** Members, seats held for others, and all there are: `3+1/50`. */
function seats({ players, reserved, playersMax }: LobbyRoom): string {
  return `${players}${reserved === 0 ? "" : `+${reserved}`}/${playersMax}`;
}

function state({ locked, asleep, players, reserved, playersMax }: LobbyRoom): string {
  if (locked) return "locked";
  if (players + reserved >= playersMax) return "full";
  return asleep ? "asleep" : "open";
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3_600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function metadataText(metadata: unknown): string {
  const text = metadata === undefined ? "" : JSON.stringify(metadata);
  return text.length <= metadataLengthMax ? text : `${text.slice(0, metadataLengthMax - 1)}…`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
