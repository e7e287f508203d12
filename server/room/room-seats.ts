import type { JoinRequest, Seat } from "./feed.ts";
import type { RoomSeat } from "./room-seat.ts";

/** The seats of one room, by player. */
export class RoomSeats {
  readonly byPlayer = new Map<string, RoomSeat>();
  #taken = 0;

  get size(): number {
    return this.byPlayer.size;
  }

  /** Makes a seat. `joinCursor`: the newest entry of the log. */
  take({ playerId, sessionId, claims, reader }: JoinRequest, joinCursor: number): RoomSeat {
    const seat: RoomSeat = {
      number: ++this.#taken,
      playerId,
      joinCursor,
      appliedSeq: 0,
      handledSeq: 0,
      player: { id: playerId, sessionId, claims, connected: true },
      reader,
      waitingInputs: [],
      waitingEphemerals: [],
      ackPending: false,
    };
    this.byPlayer.set(playerId, seat);
    return seat;
  }

  giveUp(seat: RoomSeat): void {
    this.byPlayer.delete(seat.playerId);
  }

  /** The room's own side of a seat, unless it has been given up. */
  own(seat: Seat): RoomSeat | undefined {
    const own = this.byPlayer.get(seat.playerId);
    return own?.number === seat.number ? own : undefined;
  }

  /** The state holds what all inputs so far have done: they may be acknowledged (rule IN-2). */
  committed(): void {
    for (const seat of this.byPlayer.values()) {
      if (seat.handledSeq === seat.appliedSeq) continue;
      seat.appliedSeq = seat.handledSeq;
      seat.ackPending = true;
    }
  }

  /** Tells readers that there is something to read: all of them, or those who only have an acknowledgement to come. */
  tell(all: boolean): void {
    for (const seat of this.byPlayer.values()) {
      if (all || seat.ackPending) seat.reader.onAdvance();
      seat.ackPending = false;
    }
  }
}
