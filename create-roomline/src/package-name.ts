import { basename, resolve } from "node:path";

/** The name of the package in a folder: that of the folder. */
export function packageNameOf(folder: string): string {
  return basename(resolve(folder));
}

/** Why a package cannot be called so, in one line that says what to do; undefined when it can. */
export function packageNameMistake(name: string): string | undefined {
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name) && name.length <= 214 && !taken.has(name))
    return undefined;
  const better = suggestion(name);
  return `"${name}" cannot be the name of a package: take lower-case letters, digits and -, such as ${better}.`;
}

/** Names that npm keeps for itself, or that would hide what the project depends on. */
const taken = new Set(["node_modules", "favicon.ico", "roomline", "create-roomline"]);

function suggestion(name: string): string {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return near === "" || taken.has(near) ? "my-game" : near;
}
