import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomlineErrorCode } from "../../shared/errors.ts";
import type { EphemeralEntry } from "./ephemeral-ring.ts";
import type { WatchRequest } from "./feed-watcher.ts";
import type { LogView } from "./log.ts";

/**
 * The seam between players and rooms. Above it are sessions and connections, below it rooms; what crosses it is plain
 * data with ids. Today a room is its own feed. Later a feed can be a copy of a room that lives in another process.
 */
export interface RoomFeed {
  readonly roomId: string;
  readonly roomType: string;
  readonly epoch: string;
  /** Most state updates per second the room gives. */
  readonly updateRateHz: number;
  readonly log: LogView;
  readonly ephemerals: EphemeralView;
  /** Tick of the newest committed state; 0 for none. */
  readonly stateTick: number;
  /** Tick of the state committed before that one; 0 for none. */
  readonly previousStateTick: number;
  /**
   * The change from `baseTick` to `stateTick`, encoded once for all; undefined when there is none. From 0, and from a tick
   * that is not known, it is a snapshot.
   */
  patch(baseTick: number): StatePatch | undefined;
  /**
   * Lets somebody read without a seat, until the function returned is called (rules WA).
   * @throws RoomlineError `watch-refused`
   */
  watch(request: WatchRequest): () => void;
}

/** What a reader of ephemerals sees. */
export interface EphemeralView {
  readonly head: number;
  readonly first: number;
  get(number: number): EphemeralEntry | undefined;
}

/** An encoded State message, with the ticks it goes from and to. */
export interface StatePatch {
  readonly body: Uint8Array;
  readonly baseTick: number;
  readonly tick: number;
}

/** The reader of a feed: one session. */
export interface FeedReader {
  /** There may be something new in the feed for this seat. Only marks; reading comes later. */
  onAdvance(): void;
  /** The input with this seq, which wanted a reply, has one. */
  onReply(seq: number, reply: InputReply): void;
  /** Something the player did was refused; `inputSeq` is the input it was, 0 for none with a number. */
  onError(code: RoomlineErrorCode, message: string, inputSeq: number): void;
  /** The room ended this seat. What the log holds up to now is still to be read. */
  onEnded(reason: CloseReason, detail: string): void;
}

/** The answer to an input. */
export type InputReply =
  | { readonly kind: "payload"; readonly payload: Uint8Array }
  | { readonly kind: "error"; readonly code: RoomlineErrorCode; readonly message: string };

/** A player's place in a room, as both sides of the seam see it. */
export interface Seat {
  /** Unique in the room's life. */
  readonly number: number;
  readonly playerId: string;
  /** Cursor of the newest entry when the seat was taken. */
  readonly joinCursor: number;
  /** The newest input applied whose effects the newest state holds (rule IN-2). */
  readonly appliedSeq: number;
}

/** An input on its way into a room. Whoever is given one copies what it keeps. */
export interface RoomInput {
  /** 0 for an ephemeral one. */
  readonly seq: number;
  readonly kind: number;
  /** The payload is what stands there from `start` to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly wantsReply: boolean;
}

/** What goes into a room. Calls only enqueue or change membership; none waits. */
export interface RoomInbox {
  /**
   * Takes a seat.
   * @throws RoomlineError `room-full`, `room-locked`, `join-refused`, `session-exists`, `invalid-reservation`
   */
  join(request: JoinRequest): Seat;
  /** Gives the seat up. */
  leave(seat: Seat, reason: CloseReason): void;
  /** The player's connection is gone; the seat stays. */
  drop(seat: Seat): void;
  /** The player is back. */
  resume(seat: Seat): void;
  input(seat: Seat, input: RoomInput): void;
}

/** Who wants a seat. */
export interface JoinRequest {
  readonly playerId: string;
  readonly sessionId: string;
  /** What authentication said of the player. */
  readonly claims: unknown;
  /** One JSON value, unchecked. */
  readonly options: unknown;
  /** The secret of a reserved seat (rule LB-4). Empty: none. */
  readonly reservation: string;
  readonly reader: FeedReader;
}
