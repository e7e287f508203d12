/** What JSON holds. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** One object out of two: what both have as objects is merged, of anything else the later one counts. */
export function mergeJson(earlier: JsonObject, later: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...earlier };
  for (const [name, value] of Object.entries(later)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? mergeJson(before, value) : value;
  }
  return merged;
}

/** Reads a text that has to be an object. @throws Error that names the file when it is none */
export function parseJsonObject(text: string, file: string): JsonObject {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new Error(`${file} is no object.`);
  return value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
