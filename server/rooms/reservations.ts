import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { ReservationImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { SeatHold } from "../feed/catalogue.ts";
import type { Reservation } from "../room/members/reservation.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

interface ReservationsParts {
  readonly clock: Clock;
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
    const { clock, ids, reservationMs, perHolderMax } = this.#parts;
    if (holder !== undefined && (this.#perHolder.get(holder) ?? 0) >= perHolderMax) {
      throw new RoomlineError(
        "rate-limited",
        `You hold ${perHolderMax} reservations, as many as anybody may.`,
      );
    }
    const secret = ids.secret();
    const dueMs = clock.now() + reservationMs;
    const { reservation, begin } = this.#make(room, { secret, playerId, holder, dueMs });
    room.reserve(reservation);
    begin();
    return secret;
  }

  /** Goes on with a seat that another instance of the room was holding. */
  restore(room: HoldingRoom, { secret, playerId, holder, leftMs }: ReservationImage): Reservation {
    const dueMs = this.#parts.clock.now() + leftMs;
    const { reservation, begin } = this.#make(room, { secret, playerId, holder, dueMs });
    begin();
    return reservation;
  }

  /** It counts, and runs out, from `begin` on. */
  #make(room: HoldingRoom, facts: Omit<Reservation, "onOver">) {
    const { timers, clock } = this.#parts;
    const { secret, holder, dueMs } = facts;
    let timer: Timer | undefined;
    const reservation: Reservation = {
      ...facts,
      onOver: () => {
        timer?.cancel();
        this.#count(holder, -1);
      },
    };
    const begin = (): void => {
      timer = timers.set(() => room.release(secret), Math.max(0, dueMs - clock.now()));
      this.#count(holder, 1);
    };
    return { reservation, begin };
  }

  #count(holder: string | undefined, change: 1 | -1): void {
    if (holder === undefined) return;
    const count = (this.#perHolder.get(holder) ?? 0) + change;
    if (count === 0) this.#perHolder.delete(holder);
    else this.#perHolder.set(holder, count);
  }
}
