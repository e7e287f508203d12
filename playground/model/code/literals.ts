import type { JsonValue } from "@bufbuild/protobuf";

// Values as the source text of languages. Whatever is in a value, it comes out of the program as it went in.

/** Text as a literal of TypeScript and JavaScript. */
export function scriptText(text: string): string {
  return JSON.stringify(text);
}

/** A JSON value as an expression of TypeScript and JavaScript. */
export function scriptLiteral(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(scriptLiteral).join(", ")}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${scriptKey(name)}: ${scriptLiteral(member)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** A name in an object. Written plainly, `__proto__` would be no name but a prototype. */
export function scriptKey(name: string): string {
  if (name === "__proto__") return `["__proto__"]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : scriptText(name);
}

/**
 * Text as a literal of Python. JSON writes what is beyond 16 bits as it is, and the escapes it has mean the same there.
 */
export function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** A JSON value as an expression of Python. */
export function pythonLiteral(value: JsonValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${pythonText(name)}: ${pythonLiteral(member)}`,
  );
  return `{${members.join(", ")}}`;
}

/** Text as one word of a POSIX shell: within single quotes nothing means anything but a single quote. */
export function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
