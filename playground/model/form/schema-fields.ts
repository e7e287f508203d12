import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Field, GroupMember, MapField, UnionBranch } from "./field.ts";
import {
  groupField,
  jsonField,
  listField,
  mapField,
  optionalField,
  tupleField,
  unionField,
  type FieldAbout,
} from "./make-field.ts";
import { mergeSchemas, patternsKey, stepsKey } from "./merge-schemas.ts";
import {
  aboutOf,
  decodeStep,
  isObject,
  kindLabels,
  labelOfValue,
  numberIn,
  numbersIn,
  textsIn,
  typeOf,
  waysOf,
} from "./schema-words.ts";

/** The field for a JSON Schema. What it says that no field can show is left to the server, and the hint says so. */
export function schemaField(schema: JsonValue): Field {
  return new SchemaFields(schema).field(schema);
}

const refsMax = 32;

/** Makes fields of one document of JSON Schema, within which its references lead. */
class SchemaFields {
  readonly #root: JsonValue;

  constructor(root: JsonValue) {
    this.#root = root;
  }

  /** `depth`: how many fields this one stands for, without having been asked for. */
  field(given: JsonValue, depth = 0): Field {
    const schema = depth > refsMax ? undefined : this.#resolved(given);
    if (schema === undefined || schema === true) return jsonField(aboutOf({}, "JSON"));
    if (schema === false)
      return jsonField(aboutOf({}, "nothing"), () => "Nothing fits here: leave it out.");
    return this.#choice(schema) ?? this.#union(schema, depth) ?? this.#ofType(schema);
  }

  /** A schema with its references followed and its parts merged; undefined: that cannot be done. */
  #resolved(given: JsonValue, refs = 0): JsonObject | boolean | undefined {
    if (typeof given === "boolean") return given;
    if (!isObject(given) || refs > refsMax) return undefined;
    const { $ref, allOf, ...rest } = given;
    if ($ref === undefined && !Array.isArray(allOf)) return given;
    const parts: JsonValue[] = [rest];
    if (typeof $ref === "string") parts.push(this.#at($ref));
    if (Array.isArray(allOf)) parts.push(...allOf);
    let merged: JsonObject | boolean | undefined = true;
    for (const part of parts) {
      const resolved = this.#resolved(part, refs + 1);
      // At once: what refers to itself twice would be followed a great many times.
      if (resolved === undefined) return undefined;
      merged = mergeSchemas(merged, resolved);
      if (merged === undefined) return undefined;
    }
    return merged;
  }

  /** What a reference within the document leads to; null: nothing. */
  #at(ref: string): JsonValue {
    if (ref !== "#" && !ref.startsWith("#/")) return null;
    let found: JsonValue = this.#root;
    for (const step of ref.split("/").slice(1)) {
      const name = decodeStep(step);
      if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return null;
      found = (found as JsonObject)[name] ?? null;
    }
    return found;
  }

  #choice(schema: JsonObject): Field | undefined {
    const values = Object.hasOwn(schema, "const") ? [schema["const"] ?? null] : schema["enum"];
    if (!Array.isArray(values) || values.length === 0) return undefined;
    const options = values.map((value) => ({ label: labelOfValue(value), value }));
    return { ...aboutOf(schema, "choice"), kind: "choice", options };
  }

  /** Of several ways to be right, one. That of being null is the way of leaving it out. */
  #union(schema: JsonObject, depth: number): Field | undefined {
    const ways = waysOf(schema);
    if (ways === undefined) return undefined;
    const others = ways.filter((way) => !this.#isNull(way));
    const [first] = others;
    if (first === undefined) return undefined;
    const field =
      others.length === 1
        ? withAbout(this.field(first, depth + 1), schema)
        : unionField(aboutOf(schema, "one of several"), "value", () => this.#branches(others));
    return others.length === ways.length ? field : optionalField(field, "null");
  }

  #isNull(schema: JsonValue): boolean {
    const resolved = this.#resolved(schema);
    return isObject(resolved) && (resolved["type"] === "null" || resolved["const"] === null);
  }

  #branches(schemas: readonly JsonValue[]): UnionBranch[] {
    const used = new Map<string, number>();
    return schemas.map((schema) => {
      const field = this.field(schema);
      const name = branchName(field);
      const count = (used.get(name) ?? 0) + 1;
      used.set(name, count);
      return { name: count === 1 ? name : `${name} ${count}`, field };
    });
  }

  #ofType(schema: JsonObject): Field {
    const type = typeOf(schema);
    const about = aboutOf(schema, kindLabels[type] ?? "JSON");
    switch (type) {
      case "string":
        return {
          ...about,
          kind: "text",
          lengthMin: numberIn(schema, "minLength") ?? 0,
          lengthMax: numberIn(schema, "maxLength") ?? Infinity,
          patterns: textsIn(schema, patternsKey, "pattern"),
          format: typeof schema["format"] === "string" ? schema["format"] : "",
        };
      case "number":
      case "integer":
        return {
          ...about,
          kind: "number",
          isInteger: type === "integer",
          min: numberIn(schema, "minimum") ?? -Infinity,
          max: numberIn(schema, "maximum") ?? Infinity,
          above: numberIn(schema, "exclusiveMinimum"),
          below: numberIn(schema, "exclusiveMaximum"),
          steps: numbersIn(schema, stepsKey, "multipleOf"),
          allowsNonFinite: false,
        };
      case "boolean":
        return { ...about, kind: "boolean" };
      case "null":
        return { ...about, kind: "choice", options: [{ label: "null", value: null }] };
      case "array":
        return this.#list(schema, about);
      case "object":
        return this.#object(schema, about);
      default:
        return jsonField(about);
    }
  }

  #list(schema: JsonObject, about: FieldAbout): Field {
    const { items, prefixItems, additionalItems } = schema;
    const places = Array.isArray(prefixItems)
      ? prefixItems
      : Array.isArray(items)
        ? items
        : undefined;
    if (places !== undefined) {
      const rest = Array.isArray(prefixItems) ? items : additionalItems;
      return rest === undefined || rest === false
        ? tupleField(about, () => places.map((place) => this.field(place)))
        : jsonField(about, (value) =>
            Array.isArray(value) ? undefined : "A list, please: [ … ].",
          );
    }
    const bounds = {
      itemsMin: numberIn(schema, "minItems") ?? 0,
      itemsMax: numberIn(schema, "maxItems") ?? Infinity,
      isUnique: schema["uniqueItems"] === true,
    };
    return listField(about, bounds, () => this.field(items ?? true));
  }

  #object(schema: JsonObject, about: FieldAbout): Field {
    const properties = isObject(schema["properties"]) ? schema["properties"] : undefined;
    const required = textsIn(schema, "required");
    const others = schema["additionalProperties"];
    const keys = isObject(schema["propertyNames"])
      ? this.#resolved(schema["propertyNames"])
      : undefined;
    const keyChoice = isObject(keys) ? textsIn(keys, "enum") : [];
    const names = new Set([...Object.keys(properties ?? {}), ...required, ...keyChoice]);
    if (names.size > 0 || properties !== undefined) {
      return groupField(about, () =>
        [...names].map((name): GroupMember => {
          const member =
            properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : others;
          const field = this.field(member ?? true);
          return { name, field: required.includes(name) ? field : optionalField(field, "omitted") };
        }),
      );
    }
    const [pattern] = isObject(schema["patternProperties"])
      ? Object.entries(schema["patternProperties"])
      : [];
    const value = pattern?.[1] ?? others;
    if (value === undefined || value === false)
      return jsonField(about, (json) => (isObject(json) ? undefined : "An object, please: { … }."));
    const key = this.#key(
      isObject(keys) ? keys : pattern === undefined ? {} : { pattern: pattern[0] },
    );
    if (key === undefined)
      return jsonField(about, (json) => (isObject(json) ? undefined : "An object, please: { … }."));
    const bounds = {
      itemsMin: numberIn(schema, "minProperties") ?? 0,
      itemsMax: numberIn(schema, "maxProperties") ?? Infinity,
    };
    return mapField(about, { key, ...bounds }, () => this.field(value));
  }

  /** The field of a key, which is always text. */
  #key(schema: JsonObject): MapField["key"] | undefined {
    const field = this.field({ type: "string", ...schema });
    return field.kind === "text" || field.kind === "choice" || field.kind === "number"
      ? field
      : undefined;
  }
}

/** What stands beside `anyOf` says more of the field than what is in it. */
function withAbout(field: Field, schema: JsonObject): Field {
  const { hint, preset } = aboutOf(schema, "");
  if (hint === "" && preset === undefined) return field;
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(field),
      ...(hint !== "" && { hint: { value: hint, enumerable: true } }),
      ...(preset !== undefined && { preset: { value: preset, enumerable: true } }),
    },
  ) as Field;
}

/** What tells this branch from the others. */
function branchName(field: Field): string {
  if (field.kind === "group" && field.label === kindLabels["object"]) {
    const fixed = field.members.find(
      ({ field: inner }) => inner.kind === "choice" && inner.options.length === 1,
    );
    if (fixed?.field.kind === "choice") return fixed.field.options[0]?.label ?? field.label;
  }
  if (field.kind === "choice" && field.options.length === 1)
    return field.options[0]?.label ?? field.label;
  return field.label;
}
