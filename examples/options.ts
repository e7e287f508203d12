import * as v from "valibot";
import { RoomlineError } from "roomline/contract";

const schema = v.optional(v.object({ maxPlayers: v.optional(v.number()) }));

/** The number of seats that join options ask for (`{ "maxPlayers": 20 }`), within bounds. */
export function seatsOf(
  options: unknown,
  bounds: { readonly default: number; readonly max: number },
): number {
  const parsed = v.safeParse(schema, options);
  const seats = parsed.success ? (parsed.output?.maxPlayers ?? bounds.default) : Number.NaN;
  if (Number.isInteger(seats) && seats >= 1 && seats <= bounds.max) return seats;
  throw new RoomlineError(
    "invalid-argument",
    `maxPlayers has to be a whole number from 1 to ${bounds.max}.`,
  );
}
