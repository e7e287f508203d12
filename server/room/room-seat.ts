import type { FeedReader, RoomInput, Seat } from "./feed.ts";
import type { Player } from "./room-types.ts";

/** An input that waits, and whose it is. */
export interface QueuedInput extends RoomInput {
  readonly seat: RoomSeat;
  /** Dropped or taken out before its turn. */
  taken: boolean;
}

/** A seat as its room keeps it. */
export interface RoomSeat extends Seat {
  appliedSeq: number;
  /** The newest input handed to the room's code. Its effect on the state may still have to be committed. */
  handledSeq: number;
  readonly player: Player & { connected: boolean };
  readonly reader: FeedReader;
  /** Inputs of this seat that wait in the room's queue. */
  readonly waitingInputs: QueuedInput[];
  readonly waitingEphemerals: QueuedInput[];
  /** The reader has not yet been told of `appliedSeq`. */
  ackPending: boolean;
}
