import { RoomlineError } from "../../../shared/errors.ts";
import type { Watching } from "../../feed/catalogue.ts";
import { readClaims } from "../claims.ts";
import type { RoomTypeConfig } from "../config.ts";
import { decide, type HookWorld } from "../hooks/refusal.ts";
import type { Room } from "../room-api.ts";

/** What decides in a room whether a seat can be had. */
interface SeatFacts {
  readonly roomId: string;
  readonly isClosed: boolean;
  readonly locked: boolean;
  readonly maxPlayers: number;
  /** Members, and seats held. */
  readonly seatsTaken: number;
}

/** What decides in the one who asks. */
export interface SeatClaim {
  /** Whether the player has a seat here already. */
  readonly seated: boolean;
  /** What the room knows of the reservation the player came with (rule LB-4). */
  readonly reservation: "none" | "good" | "bad";
}

/**
 * Why a seat cannot be had: `unknown-room`, `session-exists`, `invalid-reservation`, `room-locked`, `room-full`. Undefined:
 * it can.
 */
export function seatRefusal(
  room: SeatFacts,
  { seated, reservation }: SeatClaim,
): RoomlineError | undefined {
  const name = `Room "${room.roomId}"`;
  if (room.isClosed) return new RoomlineError("unknown-room", `${name} is closed.`);
  if (seated) return seatTaken(room.roomId);
  if (reservation === "good") return undefined;
  if (reservation === "bad") {
    return new RoomlineError(
      "invalid-reservation",
      `This reservation in ${name} is not yours, is used, or is over.`,
    );
  }
  if (room.locked) return new RoomlineError("room-locked", `${name} is locked.`);
  if (room.seatsTaken < room.maxPlayers) return undefined;
  return new RoomlineError("room-full", `${name} is full (${room.maxPlayers} players).`);
}

/** The player has a seat already, or will have. */
export function seatTaken(roomId: string): RoomlineError {
  return new RoomlineError("session-exists", `You have a seat in Room "${roomId}" already.`);
}

/**
 * May this caller watch the room (rule WA-1)? The room's own hook has the last word, but not over operators.
 * @throws RoomlineError `watch-refused`, or what the hook refuses with
 */
export function admitWatcher(
  { clientId, claims, isOperator }: Watching,
  { definition }: Pick<RoomTypeConfig, "definition">,
  at: { readonly room: Room; readonly world: HookWorld },
): true | Promise<true> {
  if (isOperator) return true;
  if (definition.watchable !== true) {
    throw new RoomlineError(
      "watch-refused",
      "This room type is not watchable: set watchable: true.",
    );
  }
  const hook = {
    name: "onWatch",
    failure: "watch-refused",
    sentence: "The room failed to say whether it may be watched.",
  } as const;
  const { room, world } = at;
  const call = (): unknown => {
    const read = readClaims(definition, claims, "watch-refused");
    return definition.onWatch?.(room, { clientId, claims: read });
  };
  const answer = decide(hook, call, world);
  return answer instanceof Promise ? answer.then(() => true as const) : true;
}
