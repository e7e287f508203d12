import {
  create,
  fromBinary,
  fromJson,
  toJson,
  type DescMessage,
  type JsonValue,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { isShallowJson } from "../../shared/json-depth.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { checkJson } from "../../shared/contract/payload-codec.ts";
import { isJsonType, type PayloadType } from "../../shared/contract/payload-type.ts";

const text = new TextDecoder();

/** A row of a table as JSON, for people: as it is, or as protobuf JSON writes it. */
export function rowJson(type: PayloadType, row: unknown): JsonValue {
  return shown(() => (isJsonType(type) ? plainJson(row) : messageJson(type, row)));
}

/** An encoded payload as JSON, for people. */
export function payloadJson(type: PayloadType, payload: Uint8Array): JsonValue {
  return shown(() =>
    isJsonType(type)
      ? plainJson(JSON.parse(text.decode(payload)))
      : toJson(type, fromBinary(type, payload)),
  );
}

/** Any value of a room's code as JSON, for people. */
export function valueJson(value: unknown): JsonValue {
  return shown(() => plainJson(value));
}

/**
 * What to publish for a payload given as JSON, whatever the kind's codec.
 * @throws RoomlineError `invalid-payload`
 */
export function payloadOfJson(type: PayloadType, json: JsonValue): unknown {
  if (isJsonType(type)) {
    // Receivers check it again and get what the schema makes of it; sent is what was given.
    checkJson(type, json);
    return json;
  }
  try {
    return fromJson(type, json);
  } catch (cause) {
    throw new RoomlineError("invalid-payload", `Not a ${type.typeName}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function messageJson(schema: DescMessage, row: unknown): JsonValue {
  // A row is a plain object with the fields of its message.
  return toJson(schema, create(schema, row as MessageInitShape<DescMessage>));
}

/** As JSON.stringify sees it: what has no JSON is left out, and nothing of it is shared. */
function plainJson(value: unknown): JsonValue {
  const written = JSON.stringify(value) as string | undefined;
  return written === undefined ? null : (JSON.parse(written) as JsonValue);
}

/** Room code may keep what has no JSON: it is shown as a sentence, and everything else with it. */
function shown(read: () => JsonValue): JsonValue {
  try {
    const json = read();
    if (!isShallowJson(json)) throw new Error("It is nested too deep.");
    return json;
  } catch (thrown) {
    return `(not shown: ${messageOf(thrown)})`;
  }
}
