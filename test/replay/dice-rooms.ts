import { createDiceRoom } from "./dice-room.ts";

/** For `roomline replay --verify`. */
export const rooms = { dice: createDiceRoom() };
