import type { CloseReason } from "../../shared/close-reason.ts";
import type { JoinRequest, Seat } from "../feed/feed.ts";
import type { FeedWatcher } from "../feed/feed-watcher.ts";
import { RoomSeat } from "./member.ts";
import type { SeatClaim } from "./admission.ts";

/** A seat held for somebody who is about to join (rule LB-4). */
export interface Reservation {
  readonly secret: string;
  /** Empty: whoever has the secret. */
  readonly playerId: string;
  /** It is used, or its room is closed. */
  onOver(): void;
}

/** The seats of one room, by player, and those who read without one. */
export class RoomSeats {
  readonly byPlayer = new Map<string, RoomSeat>();
  readonly #reservations = new Map<string, Reservation>();
  readonly #watchers = new Set<FeedWatcher>();
  #taken = 0;

  get size(): number {
    return this.byPlayer.size;
  }

  get reserved(): number {
    return this.#reservations.size;
  }

  /** What counts of a player who asks for a seat. */
  claim(playerId: string, secret: string): SeatClaim {
    const seated = this.byPlayer.has(playerId);
    if (secret === "") return { seated, reservation: "none" };
    const held = this.#reservations.get(secret);
    const isTheirs = held?.playerId === "" || held?.playerId === playerId;
    return { seated, reservation: isTheirs ? "good" : "bad" };
  }

  reserve(reservation: Reservation): void {
    this.#reservations.set(reservation.secret, reservation);
  }

  /** A reservation is used or has expired. Does nothing when there is none. */
  endReservation(secret: string): void {
    const held = this.#reservations.get(secret);
    if (this.#reservations.delete(secret)) held?.onOver();
  }

  /** Makes a seat. `joinCursor`: the newest entry of the log. */
  take({ playerId, sessionId, claims, reader }: JoinRequest, joinCursor: number): RoomSeat {
    const player = { id: playerId, sessionId, claims, connected: true };
    const seat = new RoomSeat({ number: ++this.#taken, player, joinCursor, reader });
    this.byPlayer.set(playerId, seat);
    return seat;
  }

  giveUp(seat: RoomSeat): void {
    seat.isGone = true;
    this.byPlayer.delete(seat.playerId);
  }

  /** The room's own side of a seat, unless it has been given up. */
  own(seat: Seat): RoomSeat | undefined {
    return seat instanceof RoomSeat && !seat.isGone ? seat : undefined;
  }

  /** The state holds what all inputs so far have done: they may be acknowledged (rule IN-2). */
  committed(): void {
    for (const seat of this.byPlayer.values()) {
      if (seat.handledSeq === seat.appliedSeq) continue;
      seat.appliedSeq = seat.handledSeq;
      seat.ackPending = true;
    }
  }

  /** Watches open on the room. */
  get watchers(): number {
    return this.#watchers.size;
  }

  /** Takes a reader without a seat, until the function returned is called. */
  addWatcher(watcher: FeedWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Tells readers that there is something to read: all of them, or those who only have an acknowledgement to come. */
  tell(all: boolean): void {
    for (const seat of this.byPlayer.values()) {
      if (all || seat.ackPending) seat.reader.onAdvance();
      seat.ackPending = false;
    }
    if (!all) return;
    for (const watcher of this.#watchers) watcher.onAdvance();
  }

  /** The room is closed: nobody has a seat any more, and whoever reads is told. */
  end(reason: CloseReason, detail: string): void {
    for (const seat of this.byPlayer.values()) {
      seat.player.connected = false;
      seat.isGone = true;
      seat.reader.onEnded(reason, detail);
    }
    this.byPlayer.clear();
    for (const secret of [...this.#reservations.keys()]) this.endReservation(secret);
    for (const watcher of this.#watchers) watcher.onClosed(reason, detail);
    this.#watchers.clear();
  }
}
