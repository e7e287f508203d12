import { RoomlineError } from "../errors.ts";
import { jsonFault, jsonFaultText } from "../json-fault.ts";
import type { ScalarCodec } from "./scalar-codec.ts";

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
      return JSON.stringify(value);
    } catch {
      return undefined;
    }
  },
  reason(value) {
    const fault = jsonFault(value, "row");
    return fault && jsonFaultText(fault);
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
