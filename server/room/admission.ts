import { RoomlineError } from "../../shared/errors.ts";

/** What decides in a room whether a seat can be had. */
export interface SeatFacts {
  readonly roomId: string;
  readonly isClosed: boolean;
  readonly facts: { readonly locked: boolean; readonly maxPlayers: number };
  /** Members, and seats held by reservations. */
  readonly seatsTaken: number;
}

/** What decides in the one who asks. */
export interface SeatClaim {
  /** Whether the player has a seat here already. */
  readonly seated: boolean;
  /** What the room knows of the reservation the player came with (rule LB-4). */
  readonly reservation: "none" | "good" | "bad";
}

/** @throws RoomlineError `unknown-room`, `session-exists`, `invalid-reservation`, `room-locked`, `room-full` */
export function checkSeat(room: SeatFacts, { seated, reservation }: SeatClaim): void {
  const name = `Room "${room.roomId}"`;
  const { locked, maxPlayers } = room.facts;
  if (room.isClosed) throw new RoomlineError("unknown-room", `${name} is closed.`);
  if (seated) throw new RoomlineError("session-exists", `You have a seat in ${name} already.`);
  if (reservation === "good") return;
  if (reservation === "bad") {
    throw new RoomlineError(
      "invalid-reservation",
      `This reservation in ${name} is not yours, is used, or is over.`,
    );
  }
  if (locked) throw new RoomlineError("room-locked", `${name} is locked.`);
  if (room.seatsTaken >= maxPlayers) {
    throw new RoomlineError("room-full", `${name} is full (${maxPlayers} players).`);
  }
}

/** What a joiner is told when the room's code threw. */
export function joinRefused(thrown: unknown): RoomlineError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RoomlineError("join-refused", message === "" ? "The room refused." : message, {
    cause: thrown,
  });
}
