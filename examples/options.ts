import * as v from "valibot";
import { RoomlineError } from "roomline/contract";

const schema = v.optional(v.object({ maxPlayers: v.optional(v.number()) }));
const named = v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(24)) });

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

/** The name that join options ask for (`{ "name": "Ann" }`); undefined when there is none that can be shown. */
export function nameOf(options: unknown): string | undefined {
  const parsed = v.safeParse(named, options);
  return parsed.success ? parsed.output.name : undefined;
}
