import { RoomlineError } from "../../../shared/errors.ts";

/**
 * A number of a request: `whenZero` when it was not given.
 * @throws RoomlineError `invalid-argument` when it is outside its range
 */
export function bounded(
  name: string,
  value: number,
  range: { readonly min: number; readonly max: number; readonly whenZero: number },
): number {
  const { min, max, whenZero } = range;
  if (value === 0) return whenZero;
  if (value >= min && value <= max) return value;
  throw new RoomlineError(
    "invalid-argument",
    `${name} is ${value}; it has to be ${min} to ${max}, or 0 for ${whenZero}.`,
  );
}
