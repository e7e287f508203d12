import type { FeedReader, Seat } from "../feed/feed.ts";
import type { Player } from "./room-api.ts";

/** What a seat is made of. */
export interface RoomSeatParts {
  readonly number: number;
  readonly player: Player & { connected: boolean };
  readonly joinCursor: number;
  readonly reader: FeedReader;
}

/** A seat as its room keeps it. */
export class RoomSeat implements Seat {
  readonly number: number;
  readonly playerId: string;
  readonly joinCursor: number;
  readonly player: Player & { connected: boolean };
  readonly reader: FeedReader;
  appliedSeq = 0;
  /** The newest input handed to the room's code. Its effect on the state may still have to be committed. */
  handledSeq = 0;
  /** Inputs of this seat that wait in the room's queue. */
  waitingInputs = 0;
  waitingEphemerals = 0;
  /** The reader has not yet been told of `appliedSeq`. */
  ackPending = false;
  /** It has been given up. */
  isGone = false;

  constructor({ number, player, joinCursor, reader }: RoomSeatParts) {
    this.number = number;
    this.playerId = player.id;
    this.joinCursor = joinCursor;
    this.player = player;
    this.reader = reader;
  }
}
