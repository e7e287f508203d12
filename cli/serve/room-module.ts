import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Authenticate, RoomType } from "roomline/server";
import { nearestName } from "../../shared/known-names.ts";
import type { Checked } from "../options/option-reader.ts";

/** What a user's module gives a server. */
export interface RoomModule {
  readonly rooms: Readonly<Record<string, RoomType>>;
  readonly authenticate: Authenticate | undefined;
}

/** What is wrong with the path of a module, without running it; undefined when there is a file. */
export function modulePathMistake(path: string): string | undefined {
  const absolute = resolve(path);
  if (!existsSync(absolute)) return `There is no module "${path}" (looked for ${absolute}).`;
  if (statSync(absolute).isFile()) return undefined;
  return `"${path}" is not a file; give the path of the module that exports your rooms.`;
}

/** Runs a user's module and finds the rooms it exports. */
export async function loadRoomModule(path: string): Promise<Checked<RoomModule>> {
  const missing = modulePathMistake(path);
  if (missing !== undefined) return { ok: false, mistakes: [missing] };
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = asRecord(await import(pathToFileURL(resolve(path)).href)) ?? {};
  } catch (error) {
    return { ok: false, mistakes: [`Cannot load the module "${path}": ${loadProblem(error)}`] };
  }
  return roomsOf(path, exported);
}

/** The rooms among the exports of a module. */
export function roomsOf(
  path: string,
  exported: Readonly<Record<string, unknown>>,
): Checked<RoomModule> {
  const mistakes: string[] = [];
  const { authenticate } = exported;
  if (authenticate !== undefined && !isAuthenticate(authenticate))
    mistakes.push(`"${path}" exports authenticate, which has to be a function.`);
  const listed = asRecord(exported["rooms"] ?? exported["default"]);
  const rooms = new Map<string, RoomType>();
  const others: string[] = [];
  for (const [name, value] of Object.entries(listed ?? exported)) {
    if (isRoomType(value)) rooms.set(name, value);
    else if (listed !== undefined) others.push(name);
  }
  const missing = [
    ...(authenticate === undefined ? ["authenticate"] : []),
    ...(rooms.size === 0 ? ["rooms"] : []),
  ];
  for (const name of Object.keys(exported)) {
    const meant =
      rooms.has(name) || missing.includes(name) ? undefined : nearestName(name, missing);
    if (meant === undefined) continue;
    mistakes.push(`"${path}" exports ${name}, which nobody reads. Did you mean ${meant}?`);
  }
  if (rooms.size > 0 && others.length > 0)
    mistakes.push(
      `"${path}" exports rooms, but not all are made by defineRoom: ${others.join(", ")}.`,
    );
  if (rooms.size === 0)
    mistakes.push(
      `"${path}" exports no rooms: export const rooms = { name: defineRoom(...) }, or a defineRoom(...) by name.`,
    );
  if (mistakes.length > 0) return { ok: false, mistakes };
  const value: RoomModule = {
    rooms: Object.fromEntries(rooms),
    authenticate: isAuthenticate(authenticate) ? authenticate : undefined,
  };
  return { ok: true, value };
}

function isRoomType(value: unknown): value is RoomType {
  const { contract, definition } = asRecord(value) ?? {};
  return asRecord(contract) !== undefined && asRecord(definition) !== undefined;
}

function isAuthenticate(value: unknown): value is Authenticate {
  return typeof value === "function";
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

/** The first line of what went wrong; for TypeScript on a Node that cannot read it, what to do. */
function loadProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION")
    return "this Node does not read TypeScript; compile it, or set NODE_OPTIONS=--import=tsx.";
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.endsWith(".") ? line : `${line}.`;
}
