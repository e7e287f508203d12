/** Where a value is none that JSON carries as it is, and why. */
interface JsonFault {
  /** Such as `claims.roles[2]`. */
  readonly path: string;
  /** Such as `a Date`. */
  readonly what: string;
  /** What to give in its place, such as `give [...set]`. */
  readonly hint: string;
}

/** Up to here a value is not looked at for cycles: nearly all of them end before. */
const levelsAtOnce = 32;

/** Deeper than this a value is refused: nobody means it. */
const levelsMax = 1_000;

/**
 * What JSON would change or lose of a value; undefined: it comes out of JSON as it went in. Members that are undefined
 * count as left out, those whose name is a symbol as no data, and -0 as 0.
 *
 * @param name what the value is called, for the path
 */
export function jsonFault(value: unknown, name: string): JsonFault | undefined {
  return isJson(value) ? undefined : faultAt(value, name, []);
}

/** A fault as a sentence without its full stop: where, what, and what to do about it. */
export function jsonFaultText({ path, what, hint }: JsonFault): string {
  return `${path} is ${what}, which JSON does not carry: ${hint}`;
}

/**
 * Whether JSON carries a value as it is, at a glance: true for nearly all that do, and for none that does not. It is on the
 * hot path, so it makes nothing, and says nothing of where and why.
 */
function isJson(value: unknown): boolean {
  try {
    return isPlain(value, levelsAtOnce);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, levels: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || levels === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return isPlainList(value as readonly unknown[], levels);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const members = value as Readonly<Record<string, unknown>>;
  if (members["toJSON"] !== undefined) return false;
  for (const name in members) {
    const member = members[name];
    if (member !== undefined && !isPlain(member, levels - 1)) return false;
  }
  return true;
}

function isPlainList(list: readonly unknown[], levels: number): boolean {
  for (let at = 0; at < list.length; at++) if (!isPlain(list[at], levels - 1)) return false;
  return true;
}

/** Looks closely, with where and why. `parents`: what the value is in. */
function faultAt(value: unknown, path: string, parents: readonly object[]): JsonFault | undefined {
  try {
    switch (typeof value) {
      case "string":
      case "boolean":
        return undefined;
      case "number":
        if (Number.isFinite(value)) return undefined;
        return { path, what: String(value), hint: "give null, or a number" };
      case "object":
        return value === null ? undefined : faultOf(value, path, parents);
      case "undefined":
        return { path, what: "undefined", hint: "give null" };
      case "bigint":
        return { path, what: "a bigint", hint: "give a string, or a number" };
      default:
        return { path, what: `a ${typeof value}`, hint: "leave it out" };
    }
  } catch {
    return { path, what: "something that throws when it is read", hint: "give plain data" };
  }
}

function faultOf(value: object, path: string, parents: readonly object[]): JsonFault | undefined {
  if (parents.includes(value)) {
    return { path, what: "an object that it is in itself", hint: "give a tree" };
  }
  if (parents.length >= levelsMax) {
    return { path: shortened(path), what: `nested more than ${levelsMax} deep`, hint: "give less" };
  }
  return faultOfClass(value, path) ?? faultInside(value, path, [...parents, value]);
}

function faultInside(
  value: object,
  path: string,
  parents: readonly object[],
): JsonFault | undefined {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const fault = faultAt(value[at], `${path}[${at}]`, parents);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    const fault = member === undefined ? member : faultAt(member, memberPath(path, name), parents);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What is more than data: JSON would write something else, or forget what it is. */
function faultOfClass(value: object, path: string): JsonFault | undefined {
  if (ArrayBuffer.isView(value)) return { path, what: "a typed array", hint: "give an array" };
  if (hasToJson(value) && !isDate(value)) {
    return { path, what: "an object with toJSON", hint: "give what that returns" };
  }
  // Not compared with Object.prototype: an object of another realm (a frame, a vm context) is as plain.
  if (prototypesOf(value) <= (Array.isArray(value) ? 2 : 1)) return undefined;
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === "function" ? constructor.name : "";
  const hint = hints.get(name);
  if (hint !== undefined) return { path, what: `a ${name}`, hint };
  const what = name === "" || name === "Object" ? "no plain object" : `an instance of ${name}`;
  return { path, what, hint: "give a plain object, such as { ...it }" };
}

/** By the name of a class that everybody knows. */
const hints: ReadonlyMap<string, string> = new Map([
  ["Date", "give its getTime() or its toISOString(); a schema can make a Date of that again"],
  ["Map", "give Object.fromEntries(map), or [...map]"],
  ["Set", "give [...set]"],
  ["Promise", "await it first"],
]);

function hasToJson(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === "function";
}

function isDate(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/** How many prototypes a value has, one after the other; 3 stands for more. */
function prototypesOf(value: object): number {
  let prototype: unknown = Object.getPrototypeOf(value);
  let count = 0;
  for (; prototype !== null && count < 3; count++) prototype = Object.getPrototypeOf(prototype);
  return count;
}

function memberPath(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function shortened(path: string): string {
  return path.length <= 80 ? path : `${path.slice(0, 60)}…`;
}
