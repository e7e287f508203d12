import type { Session } from "roomline/client";
import type { Findings } from "./checks/findings.ts";
import type { Tables } from "./checks/tables.ts";
import type { SeatRecord } from "./seat-record.ts";

/** What the generator does with a session whatever is played in it. */
type SeatSession = Pick<
  Session,
  | "playerId"
  | "status"
  | "lastVerdict"
  | "pause"
  | "resume"
  | "onStatus"
  | "onGap"
  | "onError"
  | "onThrottled"
  | "onClose"
>;

/** One player in one room, and what it should get there. */
export interface Seat {
  readonly session: SeatSession;
  /** The state of the room, as it is here. */
  readonly tables: Tables;
  readonly record: SeatRecord;
  /** Sends the next input, if the session takes it. Returns whether it did. */
  send(nowMs: number): boolean;
  /** Sends the last input: one after which the room comes to rest. */
  sendLast(nowMs: number): void;
  /** Whether all that was sent in the room has come here, and all that was sent from here has been applied. */
  isSettled(): boolean;
  /** Compares what came with what should have come. Called once the room is at rest. */
  findings(): Findings;
}

/** The room of a seat, as the generator knows it: by what it sends to it and gets from it. */
export interface RoomRecord {
  readonly id: string;
  readonly maxPlayers: number;
  readonly seats: Seat[];
  /** Whether somebody was told that it is lost. */
  isLost: boolean;
  /** Arena: the highest event number seen anywhere. Chat: messages sent by all. */
  published: number;
}
