import { RoomlineError } from "../errors.ts";

/**
 * A 64-bit integer of a message as a number. Cursors, seqs and ticks fit 53 bits.
 *
 * @throws RoomlineError `malformed-frame` when it does not fit
 */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RoomlineError("malformed-frame", `${value.toString()} is larger than 53 bits.`);
  }
  return number;
}
