import type { JsonValue } from "@bufbuild/protobuf";

/** Whether two JSON values are the same: the order of members does not matter. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  return stableJson(a) === stableJson(b);
}

/** JSON text in which members are in the order of their names. */
export function stableJson(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${stableJson(member)}`);
  return `{${members.join(",")}}`;
}
