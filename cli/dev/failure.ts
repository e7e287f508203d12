import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** What is wrong with a file of the user's. */
export interface Failure {
  /** Relative to where the command runs; undefined: nobody knows. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number | undefined;
  readonly reason: string;
}

interface FailureWorld {
  /** Where the command runs. */
  readonly cwd: string;
  /** Whether a file is one of the user's. */
  readonly isUsers: (path: string) => boolean;
  /** The files that were being loaded. */
  readonly loaded: readonly string[];
}

/**
 * Finds what went wrong, and where, in what an import has thrown: a file that cannot be read as code, one that is missing, or code that
 * throws while it is loaded.
 */
export function failureOf(thrown: unknown, { cwd, isUsers, loaded }: FailureWorld): Failure {
  const { message, stack } = textsOf(thrown);
  const at = (path: string, line: number | undefined, reason: string): Failure => ({
    file: relative(cwd, path),
    line,
    reason,
  });
  // What esbuild says, as tsx has it: Transform failed with 1 error:\n/path/room.ts:12:3: ERROR: Expected ";"
  const [, built, builtLine, builtWhy] =
    /^(\/?[^\n]+?):(\d+):\d+: (?:ERROR|error): (.+)$/m.exec(message) ?? [];
  if (built !== undefined && builtWhy !== undefined) return at(built, Number(builtLine), builtWhy);
  const [, unread, unreadLine] = /^Parse error (\/[^\n]+?):(\d+):\d+$/m.exec(message) ?? [];
  if (unread !== undefined)
    return at(unread, Number(unreadLine), "it cannot be read as code, up to here");
  const [, missing, importer] =
    /^Cannot find (?:module|package) '([^']+)' imported from (.+)$/m.exec(message) ?? [];
  if (missing !== undefined && importer !== undefined)
    return at(
      pathOf(importer),
      undefined,
      `it imports "${shownPath(missing, cwd)}", which is not there`,
    );
  const reason = firstLine(message);
  // What V8 says of code that it cannot read stands in front of the stack: file:///path/room.js:12
  const [, parsed, parsedLine] = /^(file:\/\/\S+|\/\S+):(\d+)\n/.exec(stack) ?? [];
  if (parsed !== undefined) return at(pathOf(parsed), Number(parsedLine), reason);
  if (thrown instanceof SyntaxError) {
    const unread = unreadOf(loaded);
    if (unread !== undefined) return at(unread.path, unread.line, reason);
  }
  for (const [, place = "", line] of stack.matchAll(
    /[\s(]((?:file:\/\/)?\/[^\s()]+?):(\d+):\d+\)?$/gm,
  )) {
    const path = pathOf(place);
    if (isUsers(path)) return at(path, Number(line), reason);
  }
  return { file: undefined, line: undefined, reason };
}

/** Which of these files is no code, and where: an `import` that fails does not say so, and Node asked about a file does. */
function unreadOf(
  files: readonly string[],
): { readonly path: string; readonly line: number } | undefined {
  for (const path of files.filter((file) => /\.[cm]?js$/.test(file))) {
    const { status, stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
    const [, place, line] = /^(\S.*):(\d+)$/m.exec(stderr) ?? [];
    if (status !== 0 && place !== undefined) return { path: pathOf(place), line: Number(line) };
  }
  return undefined;
}

/** A failure in a few lines: where, why, and the line of code. */
export function failureText({ file, line, reason }: Failure, code: string | undefined): string {
  if (file === undefined) return reason;
  const place = line === undefined ? file : `${file}:${line}`;
  const text = line === undefined ? undefined : code?.split("\n")[line - 1]?.trim();
  return [`${place}: ${reason}`, ...(text ? [`    ${line} | ${text}`] : [])].join("\n");
}

/** The code of a file, for {@link failureText}; undefined: it cannot be read. */
export function codeOf({ file }: Failure): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function textsOf(thrown: unknown): { readonly message: string; readonly stack: string } {
  if (!(thrown instanceof Error)) return { message: String(thrown), stack: "" };
  const { name, message, stack = "" } = thrown;
  const isNamed =
    thrown instanceof SyntaxError ||
    thrown instanceof ReferenceError ||
    thrown instanceof TypeError;
  return { message: isNamed ? `${name}: ${message}` : message, stack };
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line;
}

function pathOf(place: string): string {
  const plain = place.replace(/\?.*$/, "");
  return plain.startsWith("file:") ? fileURLToPath(plain) : plain;
}

function shownPath(path: string, cwd: string): string {
  return path.startsWith("/") ? relative(cwd, path) : path;
}
