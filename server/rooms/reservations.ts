import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { SeatHold } from "../feed/catalogue.ts";
import type { Reservation } from "../room/members/reservation.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

interface ReservationsParts {
  readonly timers: Timers;
  readonly ids: IdSource;
  /** How long a seat is held. */
  readonly reservationMs: number;
  /** Seats one holder has reserved at a time. */
  readonly perHolderMax: number;
}

/** A room, as far as it holds seats. */
interface HoldingRoom {
  reserve(reservation: Reservation): void;
  release(secret: string): void;
}

/** Holds seats for those who are about to join (rule LB-4). A reservation ends by its use, its time, or its room's end. */
export class Reservations {
  readonly #parts: ReservationsParts;
  readonly #perHolder = new Map<string, number>();

  constructor(parts: ReservationsParts) {
    this.#parts = parts;
  }

  /**
   * Holds a seat. Returns the secret that one Join can use.
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`, `rate-limited`
   */
  hold(room: HoldingRoom, { playerId, holder }: SeatHold): string {
    const { timers, ids, reservationMs, perHolderMax } = this.#parts;
    if (holder !== undefined && (this.#perHolder.get(holder) ?? 0) >= perHolderMax) {
      throw new RoomlineError(
        "rate-limited",
        `You hold ${perHolderMax} reservations, as many as anybody may.`,
      );
    }
    const secret = ids.secret();
    const onOver = () => {
      timer.cancel();
      this.#count(holder, -1);
    };
    room.reserve({ secret, playerId, onOver });
    const timer = timers.set(() => room.release(secret), reservationMs);
    this.#count(holder, 1);
    return secret;
  }

  #count(holder: string | undefined, change: 1 | -1): void {
    if (holder === undefined) return;
    const count = (this.#perHolder.get(holder) ?? 0) + change;
    if (count === 0) this.#perHolder.delete(holder);
    else this.#perHolder.set(holder, count);
  }
}
