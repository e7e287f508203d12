import { create, ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { isJsonType, type JsonType, type PayloadType } from "../../shared/contract/payload-type.ts";
import type { RandomSource } from "../../shared/random.ts";

/** Makes one payload of random numbers. */
type Generator = (random: RandomSource) => unknown;

/** How often a payload made of a schema may not fit it before it is said to say too little. */
const triesMax = 20;

/** A generator of what this type takes; undefined when it does not say enough about that. */
export function defaultGenerator(type: PayloadType): Generator | undefined {
  if (!isJsonType(type)) return (random) => messageOf(type, random, 0);
  const schema = jsonSchemaOf(type);
  const plain = plainValues.filter((value) => fits(type, value));
  const make: Generator =
    schema === undefined ? (random) => pick(plain, random) : (random) => valueOf(schema, random);
  const fitting: Generator = (random) => {
    for (let tries = 0; tries < triesMax; tries++) {
      const value = make(random);
      if (fits(type, value)) return value;
    }
    return undefined;
  };
  // What is not checked says nothing of what it takes.
  const isUnchecked = fits(type, Symbol.iterator);
  return isUnchecked || fitting(halves()) === undefined ? undefined : fitting;
}

/** What schemas take that ask for little. */
const plainValues = [{}, null, 0, 1, true, false, "", "text"] as const;

/** Numbers to try a generator with. */
function halves(): RandomSource {
  let at = 0;
  return () => (at = (at + 0.381966) % 1);
}

function fits({ schema }: JsonType, value: unknown): boolean {
  try {
    const result = schema["~standard"].validate(value);
    return !(result instanceof Promise) && result.issues === undefined;
  } catch {
    return false;
  }
}

/** The parts of a JSON Schema that are of use here. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** What validators that can give their JSON Schema have (Standard JSON Schema). */
interface WithJsonSchema {
  readonly jsonSchema?: {
    input(options: { readonly target: string }): Record<string, unknown>;
  };
}

function jsonSchemaOf({ schema }: JsonType): JsonSchema | undefined {
  try {
    const { jsonSchema } = schema["~standard"] as WithJsonSchema;
    return jsonSchema?.input({ target: "draft-2020-12" });
  } catch {
    // It has one of which there is none in JSON Schema.
    return undefined;
  }
}

function valueOf(schema: JsonSchema, random: RandomSource): unknown {
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum, random);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return valueOf(pick(choices, random) ?? {}, random);
  const type = Array.isArray(schema.type)
    ? pick(schema.type as readonly string[], random)
    : (schema.type as string | undefined);
  switch (type) {
    case "object":
      return objectOf(schema, random);
    case "array":
      return listOf(schema, random);
    case "string":
      return textOf(schema, random);
    case "integer":
      return Math.floor(numberOf(schema, random, 1));
    case "number":
      return numberOf(schema, random, 0);
    case "boolean":
      return random() < 0.5;
    case undefined:
      return pick(plainValues, random);
    default:
      return null;
  }
}

function objectOf({ properties = {}, required = [] }: JsonSchema, random: RandomSource): object {
  const entries = Object.entries(properties).filter(
    ([name]) => required.includes(name) || random() < 0.5,
  );
  return Object.fromEntries(entries.map(([name, of]) => [name, valueOf(of, random)]));
}

function listOf(schema: JsonSchema, random: RandomSource): unknown[] {
  const { prefixItems = [], items = {}, minItems = 0 } = schema;
  const first = prefixItems.map((of) => valueOf(of, random));
  const length = Math.floor(
    within(minItems, Math.min(schema.maxItems ?? Infinity, minItems + 3), random),
  );
  while (first.length < length) first.push(valueOf(items, random));
  return first;
}

function textOf({ minLength = 1, maxLength = Infinity }: JsonSchema, random: RandomSource): string {
  const length = Math.floor(within(minLength, Math.min(maxLength, minLength + 12), random));
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return Array.from({ length }, () => letters[Math.floor(random() * 26)]).join("");
}

/** `unit`: 1 so that the top of the range is there, too, once fractions are cut off. */
function numberOf(schema: JsonSchema, random: RandomSource, unit: 0 | 1): number {
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  // Without bounds: a few around 0. Most schemas of whole numbers give the safe ones as theirs.
  const from = low !== undefined && low > -1e9 ? low : Math.min(-10, (high ?? 0) - 20);
  const to = high !== undefined && high < 1e9 ? high : Math.max(10, from + 20);
  return from + random() * (to - from + unit);
}

function within(from: number, to: number, random: RandomSource): number {
  return from + random() * (to - from + 1);
}

/** A message within a message, at most: messages may hold themselves. */
const depthMax = 3;

function messageOf(type: DescMessage, random: RandomSource, depth: number): unknown {
  const message = create(type) as unknown as Record<string, unknown>;
  for (const field of type.fields) {
    const value = fieldOf(field, random, depth);
    if (value === undefined) continue;
    if (field.oneof === undefined) message[field.localName] = value;
    else if (random() < 1 / field.oneof.fields.length)
      message[field.oneof.localName] = { case: field.localName, value };
  }
  return message;
}

function fieldOf(field: DescField, random: RandomSource, depth: number): unknown {
  switch (field.fieldKind) {
    case "scalar":
      return scalarOf(field.scalar, random);
    case "enum":
      return pick(field.enum.values, random)?.number;
    case "message":
      return depth < depthMax ? messageOf(field.message, random, depth + 1) : undefined;
    case "list":
    case "map":
      // Empty, as it is made.
      return undefined;
  }
}

function scalarOf(type: ScalarType, random: RandomSource): unknown {
  switch (type) {
    case ScalarType.BOOL:
      return random() < 0.5;
    case ScalarType.STRING:
      return textOf({}, random);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: 4 }, () => Math.floor(random() * 256));
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return random() * 2 - 1;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return Math.floor(random() * 10);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return Math.floor(random() * 21) - 10;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return BigInt(Math.floor(random() * 10));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return BigInt(Math.floor(random() * 21) - 10);
  }
}

function pick<T>(list: readonly T[], random: RandomSource): T | undefined {
  return list[Math.floor(random() * list.length)];
}
