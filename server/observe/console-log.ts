import { inspect } from "node:util";
import type { Log } from "./log.ts";

/** Where lines go: the console of the process. */
type WriteLine = (line: string) => void;

/**
 * Warnings and errors as lines for people, with the stack of what was thrown; nothing else. For servers that were given no
 * log.
 */
export function createConsoleLog(
  write: WriteLine = (line) => console.error(line),
  bound: object = {},
): Log {
  const at = (level: string) => (fields: object, message: string) => {
    write(lineOf(level, message, { ...bound, ...fields }));
  };
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: at("warning"),
    error: at("error"),
    child: (fields) => createConsoleLog(write, { ...bound, ...fields }),
  };
}

function lineOf(level: string, message: string, fields: object): string {
  const { err, ...rest } = fields as { readonly err?: unknown } & Record<string, unknown>;
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name} ${oneLine(value)}`);
  const of = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  const thrown = err === undefined ? "" : `\n${inspect(err)}`;
  return `roomline: ${level}: ${printable(message)}${of}${thrown}`;
}

function oneLine(value: unknown): string {
  return typeof value === "string"
    ? printable(value)
    : inspect(value, { breakLength: Infinity, depth: 2 });
}

/** Without what would move a terminal's cursor: names and messages come from anywhere. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1));
}
