import { WireReader } from "../wire/wire-reader.ts";

/** The tag of a frame's one field. */
export const messageTag = 0x0a;

/**
 * Visits the messages of a frame in their order (rule FR-1), each with a reader at its first byte that ends at its last.
 * Other fields are passed over.
 *
 * @throws RoomlineError `malformed-frame`; messages before the broken one have been visited
 */
export function eachMessage(
  frame: Uint8Array,
  visit: (reader: WireReader, end: number) => void,
): void {
  const reader = new WireReader(frame);
  while (reader.pos < frame.length) {
    const tag = reader.varint();
    if (tag !== messageTag) {
      reader.skip(tag & 7);
      continue;
    }
    const end = reader.delimitedEnd();
    reader.end = end;
    visit(reader, end);
    reader.pos = end;
    reader.end = frame.length;
  }
}
