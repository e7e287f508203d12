import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import type { PayloadCodec } from "../../../shared/contract/payload-codec.ts";

/**
 * Encodes what a room says, and refuses what its clients could not read: all of them would drop it. It is the room's mistake,
 * not that of the player whose input it handles.
 *
 * @param what what it is called in the error
 * @throws RoomlineError `invalid-use`
 */
export function encodeSaid(codec: PayloadCodec, value: unknown, what: string): Uint8Array {
  try {
    const bytes = codec.encode(value);
    if (codec.check !== undefined) checkAsReader(codec, value, bytes);
    return bytes;
  } catch (cause) {
    throw new RoomlineError("invalid-use", `${what}: ${messageOf(cause)}`, { cause });
  }
}

/** The value itself is checked, which costs a quarter of reading it; only what does not fit is read, and that decides. */
function checkAsReader(codec: PayloadCodec, value: unknown, bytes: Uint8Array): void {
  try {
    codec.check?.(value);
  } catch {
    codec.decode(bytes);
  }
}
