import type { JsonValue } from "@bufbuild/protobuf";

/** JSON that can be sent, or what is wrong with it in one line. */
type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly message: string };

/** Reads JSON that somebody typed. */
export function parseJsonText(text: string): ParsedJson {
  if (text.trim() === "") return { ok: false, message: "Some JSON, please: null, 1, \"text\", [] or {}." };
  try {
    const value = JSON.parse(text) as JsonValue;
    return isFinite(value)
      ? { ok: true, value }
      : { ok: false, message: "This has a number in it that is beyond what a number can be." };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.split("\n")[0] : "";
    return { ok: false, message: `This is no JSON: ${reason}` };
  }
}

/** JSON.parse makes Infinity of 1e999, which is no JSON any more. */
function isFinite(value: JsonValue): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value !== "object" || value === null || Object.values(value).every((inner) => isFinite(inner as JsonValue));
}
