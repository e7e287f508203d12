import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { assemble } from "./assemble.ts";
import { helpText, readOptions, type Options } from "./options.ts";
import type { PackageManager } from "./package-manager.ts";
import { packageNameOf } from "./package-name.ts";
import {
  answersWithoutAsking,
  ask,
  folderMistake,
  type Answers,
  type Terminal,
} from "./questions.ts";

/** What is around the program. */
export interface Surroundings {
  /** Where relative paths begin. */
  readonly cwd: string;
  /** The version of this package, which is that of Roomline. */
  readonly version: string;
  /** Where somebody can be asked; undefined when nobody can. */
  readonly terminal: Terminal | undefined;
  readonly packageManager: PackageManager;
  print(text: string): void;
  complain(text: string): void;
  /** Installs what a project depends on. Resolves to whether that went well. */
  install(folder: string): Promise<boolean>;
}

/** 0: made. 1: it could not be, or somebody broke off. 2: the command makes no sense. */
const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** Does what the arguments say. Resolves to the exit code. */
export async function createProject(
  args: readonly string[],
  around: Surroundings,
): Promise<number> {
  const read = readOptions(args);
  const complain = (mistakes: readonly string[]): number => {
    for (const mistake of mistakes) around.complain(`create-roomline: ${mistake}\n`);
    return exitCodes.usage;
  };
  if (!read.ok) return complain(read.mistakes);
  const options = read.value;
  if (options.help || options.version) {
    around.print(options.help ? helpText : `${around.version}\n`);
    return exitCodes.ok;
  }
  const given =
    options.folder === undefined ? undefined : folderMistake(from(around, options.folder));
  if (given !== undefined) return complain([given]);
  if (options.yes) {
    const answers = answersWithoutAsking(options);
    return answers === undefined
      ? complain(["With --yes the folder has to be said: npm create roomline my-game -- --yes"])
      : make(answers, options, around);
  }
  const { terminal, cwd } = around;
  if (terminal === undefined)
    return complain(["Nobody can be asked here: add --yes, and options for what should differ."]);
  const answers = await ask(options, { ...terminal, cwd });
  return answers === undefined ? exitCodes.failed : make(answers, options, around);
}

async function make(
  { folder, choices }: Answers,
  { roomline, install }: Options,
  around: Surroundings,
): Promise<number> {
  const target = from(around, folder);
  const files = assemble({
    ...choices,
    name: packageNameOf(target),
    roomline: roomline === undefined ? `^${around.version}` : dependency(roomline, around, target),
  });
  try {
    write(target, files);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    around.complain(`create-roomline: Cannot write to "${folder}": ${why}.\n`);
    return exitCodes.failed;
  }
  around.print(`Made ${files.size} files in ${target}.\n`);
  const isInstalled = install && (await around.install(target));
  if (install && !isInstalled)
    around.complain(
      `create-roomline: The files are there, but ${around.packageManager} install has failed: see above, and run it again there.\n`,
    );
  around.print(nextSteps(relative(around.cwd, target), isInstalled, around.packageManager));
  return install && !isInstalled ? exitCodes.failed : exitCodes.ok;
}

/** A path is said from where one is, and written from where the project is. */
function dependency(spec: string, { cwd }: Surroundings, target: string): string {
  const path = spec.replace(/^file:/, "");
  if (!/^file:|^\.{0,2}[/\\]|\.tgz$/.test(spec) || spec.includes("://")) return spec;
  return `file:${relative(target, resolve(cwd, path)).replaceAll("\\", "/")}`;
}

function from({ cwd }: Surroundings, folder: string): string {
  return resolve(cwd, folder);
}

function write(target: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text);
  }
}

function nextSteps(path: string, isInstalled: boolean, manager: PackageManager): string {
  const commands = [
    ...(path === "" ? [] : [`cd ${/\s/.test(path) ? JSON.stringify(path) : path}`]),
    ...(isInstalled ? [] : [`${manager} install`]),
    `${manager} start`,
  ];
  return `\nNext:\n${commands.map((command) => `  ${command}\n`).join("")}`;
}
