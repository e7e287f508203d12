import type { Timer } from "../../shared/clock.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomCandidate } from "./matchmaking.ts";

/** A room of a host: open, or in the making. */
export interface HostedRoom extends RoomCandidate {
  readonly room: LiveRoom;
  readonly maker: string | undefined;
  /** Resolves when the room is open, rejects when it could not be made; undefined once it is open. */
  making: Promise<LiveRoom> | undefined;
  /** How many wait for it to be made. */
  waiting: number;
  /** Runs while nobody is in the room or has a seat reserved. */
  emptyTimer: Timer | undefined;
  /** When it ends, on the monotonic clock. */
  emptyDueMs: number | undefined;
}

/** A room that is about to be hosted. `maker`: as whom its maker counts; undefined: nobody. */
export function hostRoom(room: LiveRoom, matchKey: string, maker: string | undefined): HostedRoom {
  return {
    room,
    maker,
    making: undefined,
    waiting: 0,
    emptyTimer: undefined,
    emptyDueMs: undefined,
    matchKey,
    createdAtMs: room.createdAtMs,
    get seatsTaken() {
      return room.seatsTaken + this.waiting;
    },
    get seatsInUse() {
      return room.seatsInUse + this.waiting;
    },
    get maxPlayers() {
      return room.maxPlayers;
    },
    get locked() {
      return room.locked;
    },
  };
}
