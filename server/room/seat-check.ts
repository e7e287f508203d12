import { RoomlineError } from "../../shared/errors.ts";

/** What decides whether a seat can be had. */
export interface SeatFacts {
  readonly roomId: string;
  readonly closed: boolean;
  readonly locked: boolean;
  readonly playerCount: number;
  readonly maxPlayers: number;
  /** Whether the player has a seat here already. */
  readonly seated: boolean;
}

/** @throws RoomlineError `unknown-room`, `session-exists`, `room-locked`, `room-full` */
export function checkSeat(facts: SeatFacts): void {
  const name = `Room "${facts.roomId}"`;
  if (facts.closed) throw new RoomlineError("unknown-room", `${name} is closed.`);
  if (facts.seated)
    throw new RoomlineError("session-exists", `You have a seat in ${name} already.`);
  if (facts.locked) throw new RoomlineError("room-locked", `${name} is locked.`);
  if (facts.playerCount >= facts.maxPlayers) {
    throw new RoomlineError("room-full", `${name} is full (${facts.maxPlayers} players).`);
  }
}

/** What a joiner is told when the room's code threw. */
export function joinRefused(thrown: unknown): RoomlineError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RoomlineError("join-refused", message === "" ? "The room refused." : message, {
    cause: thrown,
  });
}
