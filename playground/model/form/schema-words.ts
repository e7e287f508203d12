import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { FieldAbout } from "./make-field.ts";
import { patternsKey, stepsKey } from "./merge-schemas.ts";

// What the words of JSON Schema say, each read with care: schemas are written by anybody.

/** What fields are called whose schema gives them no title, by type. */
export const kindLabels: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  integer: "whole number",
  boolean: "yes or no",
  null: "null",
  array: "list",
  object: "object",
};

export function aboutOf(schema: JsonObject, label: string): FieldAbout {
  const { title, description, examples } = schema;
  const preset = schema["default"] ?? (Array.isArray(examples) ? examples[0] : undefined);
  return {
    label: typeof title === "string" && title !== "" ? title : label,
    hint: hintOf(schema, typeof description === "string" ? description : ""),
    preset,
  };
}

/** What no field shows and no reading of one checks. */
const unchecked = [
  "not",
  "if",
  "contains",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedProperties",
  "unevaluatedItems",
];

export function hintOf(schema: JsonObject, description: string): string {
  const rest = unchecked.some((name) => schema[name] !== undefined && schema[name] !== false);
  return rest ? `${description} The server checks more than this form does.`.trim() : description;
}

export function labelOfValue(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The type of a schema, or what its other words are about. */
export function typeOf(schema: JsonObject): string {
  const { type } = schema;
  if (typeof type === "string") return type;
  const has = (...names: string[]): boolean => names.some((name) => schema[name] !== undefined);
  if (has("properties", "additionalProperties", "required", "propertyNames", "patternProperties"))
    return "object";
  if (has("items", "prefixItems", "minItems", "maxItems")) return "array";
  if (has("pattern", patternsKey, "minLength", "maxLength")) return "string";
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", stepsKey))
    return "number";
  return "";
}

export function numberIn(schema: JsonObject, name: string): number | undefined {
  const value = schema[name];
  return typeof value === "number" ? value : undefined;
}

export function numbersIn(schema: JsonObject, ...names: readonly string[]): number[] {
  return names.flatMap((name) => schema[name] ?? []).filter((value) => typeof value === "number");
}

export function textsIn(schema: JsonObject, ...names: readonly string[]): string[] {
  return names.flatMap((name) => schema[name] ?? []).filter((value) => typeof value === "string");
}

export function decodeStep(step: string): string {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For people alone, or for readers of the document: beside `anyOf` these say nothing of a value. */
const annotations = ["title", "description", "default", "examples", "$schema", "$id", "$comment"];
const definitions = ["$defs", "definitions"];

/** The schemas of which a value fits one; undefined: there is only this. */
export function waysOf(schema: JsonObject): readonly JsonValue[] | undefined {
  const { anyOf, oneOf, type, ...rest } = schema;
  const alternatives = listIn(anyOf) ?? listIn(oneOf);
  if (alternatives === undefined)
    return listIn(type)?.map((each): JsonValue => ({ ...withoutAnnotations(rest), type: each }));
  const common = withoutAnnotations(type === undefined ? rest : { ...rest, type });
  // What stands beside them holds for each.
  return Object.keys(common).length === 0
    ? alternatives
    : alternatives.map((each): JsonValue => ({ allOf: [each, common] }));
}

function withoutAnnotations(schema: JsonObject): JsonObject {
  const left = [...annotations, ...definitions];
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !left.includes(name)));
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}
