import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { RoomFeed } from "./feed.ts";

/**
 * What may be said to a room. Nothing is answered by a return value or a throw: answers come to the {@link SeatDesk}, in
 * order with the feed. A seat is a number that is never used twice in a room's life; one that is not there (any more) is
 * ignored. What is said of one seat stays in order, and nothing said of one holds up another.
 */
export interface RoomInbox {
  /** Asks for a seat: answered by `seated` or `refused`, at once or when the room's code has made up its mind. */
  join(request: JoinRequest, desk: SeatDesk): void;
  /**
   * Asks for a seat that the player has already, over another node: answered by `seated`, and by `replaced` at the desk that had it,
   * or by `refused` with `unknown-session`. The player counts as away until `resume`.
   */
  adopt(claim: SeatClaim, desk: SeatDesk): void;
  /**
   * The player is at no node for a moment: the seat is kept as for one without a connection, until another node adopts it or its
   * resume window is over. `errors`: what the player may have missed, for whoever adopts it. Nothing more comes to the desk. `leftMs`: what
   * is left of the window; only to a room of this process. Default: all of it.
   */
  letGo(seat: number, errors: readonly SeatError[], leftMs?: number): void;
  /** Gives the seat up: answered by `ended`, after what the last inputs are answered with. */
  leave(seat: number, reason: CloseReason): void;
  /** The player's connection is gone; the seat stays. Who is back at once may not be seen to have been away. */
  drop(seat: number): void;
  /** The player is back. */
  resume(seat: number): void;
  /** An input. One that the seat has had already is answered again, not applied (rules IN-1, IN-4). */
  input(seat: number, input: RoomInput): void;
}

/** Who wants a seat. Plain data. */
export interface JoinRequest {
  readonly playerId: string;
  readonly sessionId: string;
  /** What authentication said of the player: JSON, or undefined. */
  readonly claims: unknown;
  /** JSON, or undefined. */
  readonly options: unknown;
  /** The secret of a reserved seat (rule LB-4). Empty: none. */
  readonly reservation: string;
  /** The number of the player's home (rule ND-6). Default 0: there are no others. */
  readonly home?: number;
}

/** Whose seat is to go to another node (rule ND-6). */
export interface SeatClaim {
  readonly playerId: string;
  readonly sessionId: string;
  /** The number of the player's home that asks: one of a lower number than the seat has seen gets nothing. */
  readonly home: number;
  /**
   * Given by the node that has had the seat all along, and goes on with it where the room has gone (rule MV-1): which seat it is, and
   * whether the player has a connection. Default: the seat comes from another node, and the player counts as away until `resume`.
   */
  readonly held?: { readonly seat: number; readonly isConnected: boolean };
}

/** An input that failed. */
export interface SeatError {
  readonly inputSeq: number;
  readonly refusal: Refusal;
}

/**
 * Where a room's answers about one seat arrive. Nothing comes before `seated`, nothing after `refused`, `ended` or
 * `replaced`.
 */
export interface SeatDesk {
  /**
   * The newest input of the seat whose effects the newest state holds (rule IN-2). The feed writes it here, at the commit it
   * is true of: where the answers of a seat arrive it is looked at anyway.
   */
  acked: number;
  /** The player is at another node, which follows the room by itself when it moves. Default: here. */
  readonly isAtEdge?: true;
  /** Errors that the player may have missed. Default: none. */
  readonly errors?: readonly SeatError[];
  seated(seated: Seated): void;
  refused(error: RoomlineError): void;
  /** The input with this seq, which wanted a reply, has one. The state it talks about is in the feed. */
  reply(seq: number, reply: InputReply): void;
  /** Something the player did was refused; `inputSeq` is the input it was, 0 for none with a number. */
  error(refusal: Refusal, inputSeq: number): void;
  /** There may be something new in the feed for this seat, be it an acknowledgement. Only marks; reading comes later. */
  onAdvance(): void;
  /**
   * The room goes on, and is read and spoken to here from now on. It is the same life of the same room: positions, the seat, and
   * the numbers of inputs are as good there.
   */
  moved(to: MovedRoom): void;
  /**
   * Another desk has the seat from now on, and has been told so. `knowsOfBefore`: it had the seat in the instance before, and knows what
   * the image of that one says was missed. Default: false.
   */
  replaced(by: SeatDesk, knowsOfBefore?: boolean): void;
  /** The room ended this seat. What the feed holds up to now is still to be read. */
  ended(reason: CloseReason, detail: string): void;
}

/** Where a room goes on. */
export interface MovedRoom {
  readonly feed: RoomFeed;
  readonly inbox: RoomInbox;
}

/** A seat that a player here has in a room here, for whoever speaks for it when the room goes on at another node. */
export interface LocalSeat {
  readonly seat: number;
  readonly playerId: string;
  readonly sessionId: string;
  readonly home: number;
  readonly isConnected: boolean;
  readonly desk: SeatDesk;
  /** What the room has had of it. */
  readonly takenSeq: number;
  readonly openRequests: readonly number[];
}

/** A seat that was taken. */
export interface Seated {
  readonly seat: number;
  /** Cursor of the newest entry when the player came. */
  readonly joinCursor: number;
  /** What the room says of itself, as JSON; empty for nothing. */
  readonly metadataJson: string;
  /** The newest input that has come of the seat (rule IN-1): 0 for a new one. */
  readonly takenSeq: number;
  /** Requests of it that have no reply yet: none for a new one. */
  readonly openRequests: readonly number[];
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

/** Why something was refused: the plain data of an error. */
export type Refusal = Pick<RoomlineError, "code" | "message" | "reason">;

/** The answer to an input. */
export type InputReply =
  | { readonly kind: "payload"; readonly payload: Uint8Array }
  | ({ readonly kind: "error" } & Refusal);
