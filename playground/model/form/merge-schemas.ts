import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { sameJson } from "./same-json.ts";

/** Where a merged schema has all of its patterns, and all that its value is a multiple of. */
export const patternsKey = "$patterns";
export const stepsKey = "$steps";

/**
 * One schema that a value fits when it fits both; undefined: there is no telling. Of what is said for people, the first is
 * kept.
 */
export function mergeSchemas(
  a: JsonObject | boolean,
  b: JsonObject | boolean,
): JsonObject | boolean | undefined {
  if (a === false || b === false) return false;
  if (a === true) return b;
  if (b === true) return a;
  const merged = new Map<string, JsonValue>(Object.entries(gathered(a)));
  for (const [name, theirs] of Object.entries(gathered(b))) {
    const ours = merged.get(name);
    const value = ours === undefined ? theirs : mergeWord(name, ours, theirs);
    if (value === undefined) return undefined;
    merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** Patterns and steps as lists, so that there can be several. */
function gathered({ pattern, multipleOf, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(pattern !== undefined && { [patternsKey]: [...listIn(rest[patternsKey]), pattern] }),
    ...(multipleOf !== undefined && { [stepsKey]: [...listIn(rest[stepsKey]), multipleOf] }),
  };
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The closer of two bounds; one that is no number is none. */
function mergeBounds(
  ours: JsonValue,
  theirs: JsonValue,
  closer: (a: number, b: number) => number,
): JsonValue {
  if (typeof theirs !== "number") return ours;
  return typeof ours === "number" ? closer(ours, theirs) : theirs;
}

function mergeWord(name: string, ours: JsonValue, theirs: JsonValue): JsonValue | undefined {
  if (sameJson(ours, theirs)) return ours;
  switch (name) {
    case "title":
    case "description":
    case "default":
    case "examples":
    case "$schema":
    case "$id":
      return ours;
    case "minimum":
    case "exclusiveMinimum":
    case "minLength":
    case "minItems":
    case "minProperties":
      return mergeBounds(ours, theirs, Math.max);
    case "maximum":
    case "exclusiveMaximum":
    case "maxLength":
    case "maxItems":
    case "maxProperties":
      return mergeBounds(ours, theirs, Math.min);
    case "required":
    case patternsKey:
    case stepsKey:
      return [...new Set([...listIn(ours), ...listIn(theirs)])];
    case "type":
      return mergeTypes(ours, theirs);
    case "properties":
      return mergeProperties(ours, theirs);
    case "additionalProperties":
    case "items":
      return typeof ours === "boolean" || typeof theirs === "boolean"
        ? ours === true || theirs === false
          ? theirs
          : ours
        : { allOf: [ours, theirs] };
    default:
      return undefined;
  }
}

function mergeTypes(ours: JsonValue, theirs: JsonValue): JsonValue | undefined {
  const [a, b] = [ours, theirs].map((types) => (Array.isArray(types) ? types : [types]));
  const both = (a ?? []).filter((type) => b?.includes(type) === true);
  if (both.length > 0) return both.length === 1 ? both[0] : both;
  return (a?.includes("integer") && b?.includes("number")) ||
    (b?.includes("integer") && a?.includes("number"))
    ? "integer"
    : undefined;
}

function mergeProperties(ours: JsonValue, theirs: JsonValue): JsonValue | undefined {
  if (!isObject(ours) || !isObject(theirs)) return undefined;
  const merged = new Map(Object.entries(ours));
  for (const [name, schema] of Object.entries(theirs)) {
    const own = merged.get(name);
    merged.set(name, own === undefined ? schema : { allOf: [own, schema] });
  }
  return Object.fromEntries(merged);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
