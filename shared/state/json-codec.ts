import { RoomlineError } from "../errors.ts";
import type { ScalarCodec } from "./scalar-codec.ts";

/**
 * Carries JSON rows: the value as UTF-8 JSON in `bytes json = 1`. A row is what its schema gives out, on both ends, so
 * it is not put through the schema again.
 */
export const jsonCodec: ScalarCodec = {
  wireType: 2,
  toSent(value) {
    try {
      // JSON.stringify gives undefined for undefined and functions, whatever its type says.
      return JSON.stringify(value);
    } catch {
      return undefined;
    }
  },
  write: (writer, sent) => writer.string(sent as string),
  read(reader) {
    const text = reader.string();
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new RoomlineError("malformed-frame", "A row is not JSON.", { cause });
    }
  },
};
