import type { WireReader } from "../wire/wire-reader.ts";

/** The tag of a frame's one field. */
export const messageTag = 0x0a;

/**
 * Takes a reader from where the last message of a frame ended to the next one (rule FR-1): it then stands at its first
 * byte and ends at its last. Other fields are passed over. False at the end of the frame.
 *
 * @throws RoomlineError `malformed-frame`
 */
export function toNextMessage(reader: WireReader, frameEnd: number): boolean {
  reader.end = frameEnd;
  while (reader.pos < frameEnd) {
    const tag = reader.varint();
    if (tag === messageTag) {
      reader.end = reader.delimitedEnd();
      return true;
    }
    reader.skip(tag & 7);
  }
  return false;
}
