import type { JsonValue } from "@bufbuild/protobuf";

// Values as the source text of languages. Whatever is in a value, it comes out of the program as it went in.

/** Longer than this, what is in brackets goes over several lines. */
const lineLengthMax = 80;

/**
 * Parts between brackets: on one line where that is short, else each on a line of its own. `indent` is that of the line it
 * stands in; `space` is what TypeScript has within braces and Python has not.
 */
export function bracketed(
  [open, close]: "()" | "[]" | "{}",
  parts: readonly string[],
  indent: string,
  space = "",
): string {
  if (parts.length === 0) return `${open}${close}`;
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (!line.includes("\n") && line.length <= lineLengthMax) return line;
  return [open, ...parts.map((part) => `${indent}  ${part},`), `${indent}${close}`].join("\n");
}

/** Text as a literal of TypeScript and JavaScript. */
export function scriptText(text: string): string {
  return JSON.stringify(text);
}

/** A JSON value as an expression of TypeScript and JavaScript, in a line that is indented so far. */
export function scriptLiteral(value: JsonValue, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return bracketed(
      "[]",
      value.map((item) => scriptLiteral(item, inner)),
      indent,
    );
  const members = Object.entries(value).map(
    ([name, member]) => `${scriptKey(name)}: ${scriptLiteral(member, inner)}`,
  );
  return bracketed("{}", members, indent, " ");
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

/** A JSON value as an expression of Python, in a line that is indented so far. */
export function pythonLiteral(value: JsonValue, indent = ""): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return bracketed(
      "[]",
      value.map((item) => pythonLiteral(item, inner)),
      indent,
    );
  const members = Object.entries(value).map(
    ([name, member]) => `${pythonText(name)}: ${pythonLiteral(member, inner)}`,
  );
  return bracketed("{}", members, indent);
}

/** Text as one word of a POSIX shell: within single quotes nothing means anything but a single quote. */
export function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
