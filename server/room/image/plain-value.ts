import { deserialize, serialize } from "node:v8";
import { messageOf, RoomlineError } from "../../../shared/errors.ts";

/** What a value of a room's code is called, and objects that are not to be in it: a copy of them would be another object. */
interface Named {
  readonly name: string;
  /** What this object is, such as `a player of the room`, with what to keep instead; undefined: it may be copied. */
  readonly ownOf?: (value: object) => string | undefined;
}

/**
 * Writes a value of a room's code: what JSON carries, and undefined, bigints, dates, maps, sets and bytes.
 * @throws RoomlineError `not-portable`, with the path of what is none of these
 */
export function writePlain(value: unknown, { name, ownOf = nothing }: Named): Uint8Array {
  if (value === undefined) return new Uint8Array(0);
  const look: Look = { trail: [], ownOf, seen: new Set() };
  const fault = plainFault(value, look);
  if (fault !== undefined)
    throw new RoomlineError("not-portable", `${pathOf(name, look.trail)} is ${fault}.`);
  try {
    return serialize(value);
  } catch (cause) {
    const message = `${name} cannot be written: ${messageOf(cause)}`;
    throw new RoomlineError("not-portable", message, { cause });
  }
}

/** Reads what {@link writePlain} wrote. @throws whatever reading anything else throws */
export function readPlain(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? undefined : (deserialize(bytes) as unknown);
}

/** How a value is reached from the one it is in. */
type Step = "value" | "key" | "member" | "index" | "field";

/** A value that is looked at, as often as a room is written down: a path is only put into words when something is wrong. */
interface Look {
  /** From the outermost value to the one that is looked at: steps, each with its key behind it. */
  readonly trail: unknown[];
  readonly ownOf: (value: object) => string | undefined;
  /** Objects that have been looked at: what is in itself, or in two places, is looked at once. */
  readonly seen: Set<object>;
}

/** What a value is that cannot be written, which the trail leads to; undefined: it can. */
function plainFault(value: unknown, look: Look): string | undefined {
  switch (typeof value) {
    case "function":
    case "symbol":
      return `a ${typeof value}, which cannot be written down`;
    case "object":
      return value === null || look.seen.has(value) ? undefined : faultOf(value, look);
    default:
      return undefined;
  }
}

function faultOf(value: object, look: Look): string | undefined {
  look.seen.add(value);
  const own = look.ownOf(value);
  if (own !== undefined) return own;
  if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return undefined;
  if (value instanceof Map) {
    for (const [key, member] of value as ReadonlyMap<unknown, unknown>) {
      const fault = faultAt(key, look, "key", key) ?? faultAt(member, look, "value", key);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (value instanceof Set) return firstFault(value, look, "member");
  if (Array.isArray(value)) return firstFault(value, look, "index");
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return `${classOf(value)}, of which only the data could be written down`;
  for (const name of Object.keys(value)) {
    const fault = faultAt((value as Record<string, unknown>)[name], look, "field", name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFault(
  members: Iterable<unknown>,
  look: Look,
  step: "member" | "index",
): string | undefined {
  let index = 0;
  for (const member of members) {
    const fault = faultAt(member, look, step, index++);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultAt(value: unknown, look: Look, step: Step, key: unknown): string | undefined {
  const { trail } = look;
  trail.push(step, key);
  const fault = plainFault(value, look);
  if (fault === undefined) trail.length -= 2;
  return fault;
}

/** Where a trail leads, such as `room.data.bots[2]`. */
function pathOf(name: string, trail: readonly unknown[]): string {
  let path = name;
  for (let at = 0; at < trail.length; at += 2) path = stepInWords(path, trail[at], trail[at + 1]);
  return path;
}

function stepInWords(path: string, step: unknown, key: unknown): string {
  switch (step as Step) {
    case "value":
      return `${path}.get(${shown(key)})`;
    case "key":
      return `a key of ${path}`;
    case "member":
      return `a member of ${path}`;
    case "index":
      return `${path}[${String(key)}]`;
    case "field":
      return `${path}.${String(key)}`;
  }
}

function shown(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key) : typeof key;
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === "function" ? constructor.name : "";
  return name === "" ? "no plain object" : `an instance of ${name}`;
}

function nothing(): undefined {
  return undefined;
}
