import { RoomlineError } from "../errors.ts";
import { jsonFault, jsonFaultText } from "../json-fault.ts";
import type { ScalarCodec } from "./scalar-codec.ts";

/** A row travels in one message, which clients take up to 4 MiB: a character has 3 bytes at most. */
const rowLengthMax = 1_000_000;

/**
 * Carries JSON rows: the value as UTF-8 JSON in `bytes json = 1`. A row is what its schema gives out, on both ends, so
 * it is not put through the schema again.
 */
export const jsonCodec: ScalarCodec = {
  wireType: 2,
  toSent(value) {
    // Each time, not only when the text is another: a NaN in place of null has the same.
    if (jsonFault(value, "row") !== undefined) return undefined;
    try {
      const text = JSON.stringify(value);
      return text.length > rowLengthMax ? undefined : text;
    } catch {
      return undefined;
    }
  },
  reason(value) {
    const fault = jsonFault(value, "row");
    if (fault !== undefined) return jsonFaultText(fault);
    const { length } = JSON.stringify(value);
    return length > rowLengthMax
      ? `it has ${length} characters as JSON, and a row may have ${rowLengthMax}`
      : undefined;
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
