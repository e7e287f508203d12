import type { Entry, MapItem } from "./entry.ts";
import type { Field, NumberField } from "./field.ts";
import { fillField } from "./fill.ts";

/** A list starts with so many items at most, whatever it needs. */
const firstItemsMax = 20;
/** What needs itself has no end: beyond this many fields, and this deep, nothing is filled in. */
const fieldsMax = 2_000;
const depthMax = 24;

/**
 * What a field starts with: what its schema says, or else the least that may do: zero or the bound next to it, the first
 * choice, nothing of what may be left out. A new item of a list, the value of an optional that is given and the branch of a union that is
 * turned to start with this too.
 */
export function initialEntry(field: Field): Entry {
  return new FirstEntries().entry(field, 0);
}

/** The entries that a form starts with, and how many there are. */
class FirstEntries {
  #count = 0;

  entry(field: Field, depth: number): Entry {
    this.#count++;
    if (field.preset !== undefined) {
      const filled = fillField(field, field.preset);
      if (filled !== undefined) return filled;
    }
    if (depth > depthMax || this.#count > fieldsMax) return blankEntry(field);
    const next = (inner: Field): Entry => this.entry(inner, depth + 1);
    switch (field.kind) {
      case "list":
        return { kind: "list", items: repeated(field.itemsMin, () => next(field.item)) };
      case "map": {
        const item = (): MapItem => ({ key: next(field.key), value: next(field.value) });
        return { kind: "map", items: repeated(field.itemsMin, item) };
      }
      case "tuple":
        return { kind: "group", members: field.items.map(next) };
      case "group":
        return { kind: "group", members: field.members.map((member) => next(member.field)) };
      case "union": {
        const [first] = field.branches;
        return first === undefined
          ? blankEntry(field)
          : { kind: "union", index: 0, entry: next(first.field) };
      }
      default:
        return blankEntry(field);
    }
  }
}

/** An entry without anything in it. */
function blankEntry(field: Field): Entry {
  switch (field.kind) {
    case "number":
      return { kind: "text", text: firstNumber(field) };
    case "big":
      return { kind: "text", text: String(field.min > 0n ? field.min : 0n) };
    case "text":
    case "bytes":
      return { kind: "text", text: "" };
    case "json":
      return { kind: "text", text: "{}" };
    case "boolean":
      return { kind: "boolean", on: false };
    case "choice":
      return { kind: "choice", index: 0 };
    case "optional":
      return { kind: "optional", entry: undefined };
    case "group":
    case "tuple":
      return { kind: "group", members: [] };
    case "list":
      return { kind: "list", items: [] };
    case "map":
      return { kind: "map", items: [] };
    case "union":
      return { kind: "union", index: 0, entry: { kind: "text", text: "" } };
  }
}

/** The number next to zero that is within the bounds, if one is found easily. */
function firstNumber(field: NumberField): string {
  const { min, max, above = -Infinity, below = Infinity, steps } = field;
  const [least, most] = [Math.max(min, above), Math.min(max, below)];
  const step = steps[0] ?? 1;
  const edges = [least, most].flatMap((edge) => [
    Math.floor(edge / step) * step,
    Math.ceil(edge / step) * step,
    Math.floor(edge / step) * step + step,
    Math.ceil(edge / step) * step - step,
  ]);
  const found = [0, ...edges, least, most, (least + most) / 2].find(
    (value) =>
      value >= min && value <= max && value > above && value < below && Number.isFinite(value),
  );
  return String(found ?? 0);
}

function repeated<T>(count: number, make: () => T): T[] {
  return Array.from({ length: Math.min(count, firstItemsMax) }, make);
}
