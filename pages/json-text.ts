import type { JsonValue } from "@bufbuild/protobuf";

/** JSON that can be sent, or what is wrong with it. */
type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string };

/** Reads what an operator typed. Nothing typed is the empty object: many kinds have no fields. */
export function parseJsonText(text: string): ParsedJson {
  if (text.trim() === "") return { ok: true, value: {} };
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value)
      ? { ok: true, value }
      : { ok: false, message: "This is not a JSON value that can be sent." };
  } catch (thrown) {
    return { ok: false, message: thrown instanceof Error ? thrown.message : "This is no JSON." };
  }
}

/** True for all that JSON.parse gives; 1e999 gives Infinity, which is no JSON any more. */
function isJson(value: unknown): value is JsonValue {
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  return typeof value === "object" && Object.values(value).every(isJson);
}

/** A JSON value in one line, shortened to `lengthMax` characters. */
export function jsonLine(value: unknown, lengthMax = 240): string {
  const text = value === undefined ? "" : JSON.stringify(value, roundNumber);
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
}

/** Numbers of float32 fields have digits that mean nothing. */
function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(3)) : value;
}
