import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { ValueSchema, type Value } from "@bufbuild/protobuf/wkt";
import { RoomlineError } from "../../../shared/errors.ts";

/** A value of a request as JSON text; empty when there is none. @throws RoomlineError `invalid-argument` */
export function jsonOfValue(value: Value | undefined): string {
  if (value === undefined) return "";
  try {
    return toJsonString(ValueSchema, value);
  } catch (cause) {
    throw new RoomlineError("invalid-argument", "A value in the request has no JSON.", { cause });
  }
}

/** JSON text as a value of a response; undefined when it is empty. */
export function valueOfJson(json: string): Value | undefined {
  return json === "" ? undefined : fromJsonString(ValueSchema, json);
}
