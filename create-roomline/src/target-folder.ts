import { existsSync, readdirSync, statSync } from "node:fs";

/** What may be in a folder before a project is: it is left alone. */
const harmless = new Set([".git", ".gitattributes", ".idea", ".vscode", ".DS_Store", "LICENSE"]);

/** Why nothing can be made in this folder, in one line that says what to do; undefined when it can. */
export function targetFolderMistake(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  if (!statSync(folder).isDirectory())
    return `"${folder}" is a file: take another name for the folder.`;
  const [found] = readdirSync(folder).filter((name) => !harmless.has(name));
  if (found === undefined) return undefined;
  return `The folder "${folder}" is not empty (${found} is in it): take another name, or an empty folder.`;
}
