/** Where a value is no JSON, and why. */
interface JsonFault {
  /** Such as `claims.roles[2]`. */
  readonly path: string;
  /** Such as `a Date`. */
  readonly what: string;
}

/** Deeper than this a value is refused: nobody means it, and it may have no end. */
const depthMax = 64;

/**
 * What JSON would change or lose of a value; undefined: it comes out of JSON as it went in. Members that are undefined
 * count as left out.
 *
 * @param name what the value is called, for the path
 */
export function jsonFault(value: unknown, name: string): JsonFault | undefined {
  try {
    return faultAt(value, name, 0);
  } catch {
    return { path: name, what: "something that cannot be read" };
  }
}

function faultAt(value: unknown, path: string, depth: number): JsonFault | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : { path, what: String(value) };
    case "object":
      if (value === null) return undefined;
      if (depth >= depthMax) return { path, what: "nested too deep" };
      return Array.isArray(value) ? faultIn(value, path, depth) : faultOf(value, path, depth);
    case "undefined":
      return { path, what: "undefined" };
    default:
      return { path, what: `a ${typeof value}` };
  }
}

function faultIn(list: readonly unknown[], path: string, depth: number): JsonFault | undefined {
  for (let at = 0; at < list.length; at++) {
    const fault = faultAt(list[at], `${path}[${at}]`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf(value: object, path: string, depth: number): JsonFault | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const { name } = value.constructor;
    return { path, what: name === "" ? "an object of a class" : `a ${name}` };
  }
  if ("toJSON" in value) return { path, what: "an object with toJSON" };
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const fault = faultAt(member, `${path}.${name}`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
