import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Entry, MapItem } from "./entry.ts";
import { isOneof, type Field, type GroupField, type MapField, type UnionField } from "./field.ts";
import { readField } from "./read.ts";
import { sameJson } from "./same-json.ts";

/**
 * The entry that gives this JSON value; undefined when the field has no place for all of it. A value that has its place but not
 * the right size gets an entry with a fault.
 */
export function fillField(field: Field, value: JsonValue): Entry | undefined {
  return new Filling().entry(field, value);
}

/** A schema that is a choice of itself has no end: after so many tries, and this deep, a value has no place. */
const triesMax = 20_000;
const depthMax = 100;

/** One value, looking for its place. */
class Filling {
  #tries = 0;
  #depth = 0;

  entry(field: Field, value: JsonValue): Entry | undefined {
    if (++this.#tries > triesMax || this.#depth >= depthMax) return undefined;
    this.#depth++;
    const entry = this.#entry(field, value);
    this.#depth--;
    return entry;
  }

  #entry(field: Field, value: JsonValue): Entry | undefined {
    switch (field.kind) {
      case "text":
      case "bytes":
        return typeof value === "string" ? { kind: "text", text: value } : undefined;
      case "number":
        return fillNumber(value, field.allowsNonFinite);
      case "big":
        return fillBig(value);
      case "json":
        return { kind: "text", text: JSON.stringify(value) };
      case "boolean":
        return typeof value === "boolean" ? { kind: "boolean", on: value } : undefined;
      case "choice": {
        const index = field.options.findIndex((option) => sameJson(option.value, value));
        return index === -1 ? undefined : { kind: "choice", index };
      }
      case "optional":
        if (value === null && field.absent === "null")
          return { kind: "optional", entry: undefined };
        return within(this.entry(field.field, value), (entry) => ({ kind: "optional", entry }));
      case "list":
        return fillAll(value, (item) => this.entry(field.item, item), "items");
      case "tuple": {
        const { items } = field;
        if (!Array.isArray(value) || value.length !== items.length) return undefined;
        return fillAll(value, (item, at) => items[at] && this.entry(items[at], item), "members");
      }
      case "group":
        return isObject(value) ? this.#group(field, value) : undefined;
      case "map":
        return isObject(value) ? this.#map(field, value) : undefined;
      case "union":
        return field.gives === "value" ? this.#union(field, value) : undefined;
    }
  }

  #group(field: GroupField, value: JsonObject): Entry | undefined {
    const rest = new Set(Object.keys(value));
    const members: Entry[] = [];
    for (const { name, field: inner } of field.members) {
      const entry = this.#member(inner, name, value, rest);
      if (entry === undefined) return undefined;
      members.push(entry);
    }
    return rest.size === 0 ? { kind: "group", members } : undefined;
  }

  /** The entry of a member; takes the names it has used out of `rest`. */
  #member(field: Field, name: string, value: JsonObject, rest: Set<string>): Entry | undefined {
    if (field.kind === "optional" && isOneof(field.field)) {
      const { branches } = field.field;
      const index = branches.findIndex((branch) => Object.hasOwn(value, branch.name));
      const branch = branches[index];
      if (branch === undefined) return { kind: "optional", entry: undefined };
      rest.delete(branch.name);
      return within(this.entry(branch.field, value[branch.name] ?? null), (entry) => ({
        kind: "optional",
        entry: { kind: "union", index, entry },
      }));
    }
    if (!Object.hasOwn(value, name)) {
      const mayLack = field.kind === "optional" && field.absent === "omitted";
      return mayLack ? { kind: "optional", entry: undefined } : undefined;
    }
    rest.delete(name);
    return this.entry(field, value[name] ?? null);
  }

  #map(field: MapField, value: JsonObject): Entry | undefined {
    const items: MapItem[] = [];
    for (const [name, member] of Object.entries(value)) {
      const key = this.entry(field.key, keyValue(field.key, name));
      const entry = this.entry(field.value, member);
      if (key === undefined || entry === undefined) return undefined;
      items.push({ key, value: entry });
    }
    return { kind: "map", items };
  }

  /** The first branch that takes the value as it is; otherwise the first that has a place for it. */
  #union({ branches }: UnionField, value: JsonValue): Entry | undefined {
    let first: Entry | undefined;
    for (const [index, { field }] of branches.entries()) {
      const entry = this.entry(field, value);
      if (entry === undefined) continue;
      const filled: Entry = { kind: "union", index, entry };
      if (readField(field, entry).ok) return filled;
      first ??= filled;
    }
    return first;
  }
}

/** JSON has keys of text only. */
function keyValue(key: MapField["key"], name: string): JsonValue {
  if (key.kind === "number" && name.trim() !== "" && Number.isFinite(Number(name)))
    return Number(name);
  return name;
}

function fillAll(
  value: JsonValue,
  fill: (item: JsonValue, at: number) => Entry | undefined,
  into: "items" | "members",
): Entry | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: Entry[] = [];
  for (const [at, item] of value.entries()) {
    const entry = fill(item, at);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return into === "items" ? { kind: "list", items: entries } : { kind: "group", members: entries };
}

function within(entry: Entry | undefined, wrap: (entry: Entry) => Entry): Entry | undefined {
  return entry === undefined ? undefined : wrap(entry);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fillBig(value: JsonValue): Entry | undefined {
  const fits = typeof value === "string" ? /^-?\d+$/.test(value) : Number.isSafeInteger(value);
  return fits ? { kind: "text", text: `${value as string | number}` } : undefined;
}

function fillNumber(value: JsonValue, allowsNonFinite: boolean): Entry | undefined {
  if (typeof value === "number") return { kind: "text", text: String(value) };
  const isNamed = value === "NaN" || value === "Infinity" || value === "-Infinity";
  return allowsNonFinite && isNamed ? { kind: "text", text: value } : undefined;
}
