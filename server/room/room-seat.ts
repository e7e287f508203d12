import type { FeedReader, Seat } from "./feed.ts";
import type { Player } from "./room-types.ts";

/** A seat as its room keeps it. */
export interface RoomSeat extends Seat {
  appliedSeq: number;
  /** The newest input handed to the room's code. Its effect on the state may still have to be committed. */
  handledSeq: number;
  readonly player: Player & { connected: boolean };
  readonly reader: FeedReader;
  /** Inputs of this seat that wait in the room's queue. */
  waitingInputs: number;
  waitingEphemerals: number;
  /** The reader has not yet been told of `appliedSeq`. */
  ackPending: boolean;
}
