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
  const fault = plainFault(value, { path: name, ownOf, seen: new Set() });
  if (fault !== undefined) throw new RoomlineError("not-portable", `${fault}.`);
  try {
    return new Uint8Array(serialize(value));
  } catch (cause) {
    const message = `${name} cannot be written: ${messageOf(cause)}`;
    throw new RoomlineError("not-portable", message, { cause });
  }
}

/** Reads what {@link writePlain} wrote. @throws whatever reading anything else throws */
export function readPlain(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? undefined : (deserialize(bytes) as unknown);
}

/** Where a value is looked at. */
interface Look {
  readonly path: string;
  readonly ownOf: (value: object) => string | undefined;
  /** Objects that have been looked at: what is in itself, or in two places, is looked at once. */
  readonly seen: Set<object>;
}

/** Why a value cannot be written, with the path of the culprit; undefined: it can. */
function plainFault(value: unknown, look: Look): string | undefined {
  switch (typeof value) {
    case "function":
    case "symbol":
      return `${look.path} is a ${typeof value}, which cannot be written down`;
    case "object":
      return value === null || look.seen.has(value) ? undefined : faultOf(value, look);
    default:
      return undefined;
  }
}

function faultOf(value: object, look: Look): string | undefined {
  const { path, seen, ownOf } = look;
  seen.add(value);
  const own = ownOf(value);
  if (own !== undefined) return `${path} is ${own}`;
  if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return undefined;
  if (value instanceof Map) {
    for (const [key, member] of value as ReadonlyMap<unknown, unknown>) {
      const at = `${path}.get(${shown(key)})`;
      const fault =
        plainFault(key, { ...look, path: `a key of ${path}` }) ??
        plainFault(member, { ...look, path: at });
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (value instanceof Set) {
    return firstFault(value as ReadonlySet<unknown>, { ...look, path: `a member of ${path}` });
  }
  if (Array.isArray(value)) return membersFault(value.entries(), look, (at) => `${path}[${at}]`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return `${path} is ${classOf(value)}, of which only the data could be written down`;
  return membersFault(Object.entries(value), look, (name) => `${path}.${name}`);
}

function membersFault<K>(
  members: Iterable<[K, unknown]>,
  look: Look,
  pathOf: (key: K) => string,
): string | undefined {
  for (const [key, member] of members) {
    const fault = plainFault(member, { ...look, path: pathOf(key) });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFault(members: Iterable<unknown>, look: Look): string | undefined {
  for (const member of members) {
    const fault = plainFault(member, look);
    if (fault !== undefined) return fault;
  }
  return undefined;
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
