import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import type { PayloadCodec } from "../../../shared/contract/payload-codec.ts";

/** What a room says, for its errors, and how large it may be (`limits.messageBytesMax`). */
interface Said {
  readonly what: string;
  readonly bytesMax: number;
}

/**
 * Encodes what a room says, and refuses what its clients could not read: all of them would drop it. It is the room's mistake,
 * not that of the player whose input it handles.
 *
 * @throws RoomlineError `invalid-use`
 */
export function encodeSaid(codec: PayloadCodec, value: unknown, said: Said): Uint8Array {
  try {
    const bytes = codec.encode(value);
    if (bytes.length > said.bytesMax) throw tooLarge(bytes.length, said.bytesMax);
    if (codec.check !== undefined) checkAsReader(codec, value, bytes);
    return bytes;
  } catch (cause) {
    throw new RoomlineError("invalid-use", `${said.what}: ${messageOf(cause)}`, { cause });
  }
}

function tooLarge(bytes: number, bytesMax: number): RoomlineError {
  const message = `it has ${bytes} bytes, and limits.messageBytesMax is ${bytesMax}.`;
  return new RoomlineError("frame-too-large", message);
}

/** The value itself is checked, which costs a quarter of reading it; only what does not fit is read, and that decides. */
function checkAsReader(codec: PayloadCodec, value: unknown, bytes: Uint8Array): void {
  try {
    codec.check?.(value);
  } catch {
    codec.decode(bytes);
  }
}
