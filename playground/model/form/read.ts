import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Entry } from "./entry.ts";
import {
  isOneof,
  type Field,
  type GroupField,
  type ListField,
  type MapField,
  type UnionField,
} from "./field.ts";
import { stableJson } from "./same-json.ts";
import { readScalar } from "./read-scalar.ts";

/** What is wrong with an entry, in one line for the person who made it. */
export interface FieldFault {
  /**
   * Where, as {@link pathInto} makes it, from "" for the field itself: "/position/x", "/lines/0", and of the items of a map
   * "/scores/0/key" and "/scores/0/value". What is optional and a branch of a union are at the path of what they are in.
   */
  readonly path: string;
  readonly message: string;
}

/** The JSON value an entry gives, or all that is wrong with it. */
export type FieldReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** The path of what is inside: the name of a member of a group, the place of an item, "key" or "value". */
export function pathInto(path: string, step: string | number): string {
  return `${path}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Deeper than this nothing is read: nobody means it, and servers refuse it. */
const depthMax = 64;

/** Stands for a value that is left out. */
const omitted = Symbol("omitted");

type Given = JsonValue | typeof omitted;

/** Reads what was entered into a field. */
export function readField(field: Field, entry: Entry): FieldReading {
  const faults: FieldFault[] = [];
  const value = read(field, entry, { path: "", depth: 0, faults });
  if (faults.length > 0) return { ok: false, faults };
  if (value === omitted) return { ok: false, faults: [{ path: "", message: missingText }] };
  return { ok: true, value };
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly faults: FieldFault[];
}

const missingText = "This is missing.";

function inside({ path, depth, faults }: Place, step: string | number): Place {
  return { path: pathInto(path, step), depth: depth + 1, faults };
}

function fault({ path, faults }: Place, message: string): typeof omitted {
  faults.push({ path, message });
  return omitted;
}

/** The value of an entry. Where that is none there are faults, and what is given back does not matter. */
function read(field: Field, entry: Entry | undefined, place: Place): Given {
  if (entry === undefined) return fault(place, missingText);
  if (place.depth > depthMax) return fault(place, `This is nested more than ${depthMax} deep.`);
  switch (field.kind) {
    case "optional":
      if (entry.kind !== "optional") return fault(place, missingText);
      if (entry.entry === undefined) return field.absent === "null" ? null : omitted;
      return read(field.field, entry.entry, place);
    case "group":
      return entry.kind === "group"
        ? readGroup(field, entry.members, place)
        : fault(place, missingText);
    case "tuple":
      if (entry.kind !== "group") return fault(place, missingText);
      return present(
        field.items.map((item, at) => read(item, entry.members[at], inside(place, at))),
      );
    case "list":
      return entry.kind === "list"
        ? readList(field, entry.items, place)
        : fault(place, missingText);
    case "map":
      return entry.kind === "map" ? readMap(field, entry, place) : fault(place, missingText);
    case "union":
      return entry.kind === "union" ? readUnion(field, entry, place) : fault(place, missingText);
    default: {
      const scalar = readScalar(field, entry);
      return "fault" in scalar ? fault(place, scalar.fault) : scalar.value;
    }
  }
}

function readGroup(field: GroupField, members: readonly Entry[], place: Place): Given {
  const pairs: [string, JsonValue][] = [];
  for (const [at, { name, field: inner }] of field.members.entries()) {
    const value = read(inner, members[at], inside(place, name));
    if (value === omitted) continue;
    const isOne = inner.kind === "optional" && isOneof(inner.field);
    if (isOne) pairs.push(...Object.entries(value as JsonObject));
    else pairs.push([name, value]);
  }
  // Defines its members one by one: "__proto__" is a name like any other.
  return Object.fromEntries(pairs);
}

function readList(field: ListField, items: readonly Entry[], place: Place): Given {
  checkCount(field, items.length, "item", place);
  const values = present(items.map((item, at) => read(field.item, item, inside(place, at))));
  if (field.isUnique && new Set(values.map(stableJson)).size < values.length)
    return fault(place, "No two items may be the same.");
  return values;
}

function readMap(field: MapField, { items }: Entry & { kind: "map" }, place: Place): Given {
  checkCount(field, items.length, "entry", place);
  const pairs = new Map<string, JsonValue>();
  for (const [at, item] of items.entries()) {
    const key = read(field.key, item.key, inside(inside(place, at), "key"));
    const value = read(field.value, item.value, inside(inside(place, at), "value"));
    if (key === omitted || value === omitted) continue;
    // Keys of JSON are text, whatever they are in the message.
    const name = typeof key === "string" ? key : JSON.stringify(key);
    if (pairs.has(name)) fault(inside(inside(place, at), "key"), "This key is there already.");
    pairs.set(name, value);
  }
  return Object.fromEntries(pairs);
}

function readUnion(field: UnionField, entry: Entry & { kind: "union" }, place: Place): Given {
  const branch = field.branches[entry.index];
  if (branch === undefined) return fault(place, "Choose one of these.");
  const value = read(branch.field, entry.entry, place);
  return field.gives === "value" || value === omitted
    ? value
    : Object.fromEntries([[branch.name, value]]);
}

function checkCount(
  { itemsMin, itemsMax }: Pick<ListField, "itemsMin" | "itemsMax">,
  count: number,
  noun: "item" | "entry",
  place: Place,
): void {
  const some = (number: number): string =>
    number === 1 ? `1 ${noun}` : `${number} ${noun === "item" ? "items" : "entries"}`;
  if (count < itemsMin) fault(place, `At least ${some(itemsMin)}, please.`);
  if (count > itemsMax) fault(place, `At most ${some(itemsMax)}, please.`);
}

function present(values: readonly Given[]): JsonValue[] {
  return values.filter((value) => value !== omitted);
}
