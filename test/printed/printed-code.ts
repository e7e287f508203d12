import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The part of a page of docs under a heading, to the next heading of any level. */
export function sectionOf(path: string, heading: string): string {
  const text = readFileSync(path, "utf8");
  const start = text.indexOf(`\n${heading}\n`);
  assert.ok(start >= 0, `${path} has no ${heading}`);
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(/^#{1,6} /m);
  return end < 0 ? rest : rest.slice(0, end);
}

/** The files a section prints: a paragraph that begins with the name of one, then its code. */
export function filesIn(section: string): ReadonlyMap<string, string> {
  const printed = section.matchAll(/^`([\w./-]+)`[^\n]*(?:\n[^\n]+)*:\n\n```\w+\n([\s\S]*?)```$/gm);
  return new Map([...printed].map(([, name = "", code = ""]) => [name, code]));
}

/** The commands a section prints, a line each, without what is said about them. */
export function commandsIn(section: string): readonly string[] {
  return [...section.matchAll(/^```sh\n([\s\S]*?)```$/gm)].flatMap(([, lines = ""]) =>
    lines
      .split("\n")
      .map((line) => line.replace(/ #.*/, "").trim())
      .filter((line) => line !== ""),
  );
}

/** A folder of its own with nothing but the packed package, as npm would install it, and what it needs. */
export interface PrintedProject {
  readonly folder: string;
  /** Writes printed files. */
  write(files: ReadonlyMap<string, string>): void;
  /** Runs a printed command to its end, and gives what it has printed. */
  run(command: string): string;
  /** Starts one that goes on; resolves when it has printed something that matches. */
  start(command: string, printed: RegExp): Promise<RegExpExecArray>;
}

/** A test, or all tests of a file, and what is done when they have ended. */
export interface Ending {
  after(end: () => void): void;
}

/** An install that asks nobody what it has in its cache. */
const quickNpm = {
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
};

/** How long a printed command may take on a busy machine. */
const patienceMs = 120_000;

/** The package as npm would publish it, unpacked. */
export interface PackedPackage {
  readonly path: string;
  /** The same, packed. */
  readonly tarball: string;
  remove(): void;
}

/** Packs the package: once for a run of tests, or for a test file that is run alone. */
export function packPackage(): PackedPackage {
  const ofRun = process.env["TEST_RUN_DIR"];
  const folder =
    ofRun === undefined ? mkdtempSync(join(tmpdir(), "roomline-pack-")) : join(ofRun, "packed");
  if (ofRun === undefined) pack(folder);
  else once(folder, () => pack(folder));
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return {
    path: join(folder, "package"),
    tarball: join(folder, tarball),
    remove: () => {
      if (ofRun === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes what is to be in a folder, unless another test file of this run has, or does right now: then waits for it. */
function once(folder: string, make: () => void): void {
  const lock = `${folder}.lock`;
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (thrown) {
      if (Date.now() > deadlineMs) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    if (!existsSync(folder)) make();
  } finally {
    rmSync(lock, { recursive: true });
  }
}

/** Puts the package into a folder, which is there whole or not at all. */
function pack(folder: string): void {
  const npm = (...args: readonly string[]) => execFileSync("npm", args, { stdio: "pipe" });
  if (!existsSync("server/web/built")) npm("run", "build:web");
  npm("run", "build");
  const begun = `${folder}.begun`;
  rmSync(begun, { recursive: true, force: true });
  mkdirSync(begun, { recursive: true });
  npm("pack", "--ignore-scripts", "--pack-destination", begun);
  const [tarball = ""] = readdirSync(begun);
  execFileSync("tar", ["-xzf", join(begun, tarball), "-C", begun]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(begun, folder);
}

/** Puts the package into a folder as npm would, and beside it whatever this repository has. */
function furnish(folder: string, packed: PackedPackage): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  cpSync(packed.path, join(modules, "roomline"), { recursive: true });
  for (const name of readdirSync("node_modules"))
    if (name !== ".bin") symlinkSync(resolve("node_modules", name), join(modules, name));
  const commands = join(modules, ".bin");
  mkdirSync(commands);
  for (const name of readdirSync("node_modules/.bin"))
    symlinkSync(resolve("node_modules/.bin", name), join(commands, name));
  const main = join(modules, "roomline/dist/cli/main.js");
  chmodSync(main, 0o755);
  symlinkSync(main, join(commands, "roomline"));
}

/**
 * Makes a project: with the package in it, with what is installed in another one, which takes no time, or in a folder that is
 * empty.
 */
export function createPrintedProject(
  t: Ending,
  installed: PackedPackage | PrintedProject | undefined,
): PrintedProject {
  const folder = mkdtempSync(join(tmpdir(), "roomline-printed-"));
  if (installed !== undefined && "tarball" in installed) furnish(folder, installed);
  else if (installed !== undefined)
    symlinkSync(join(installed.folder, "node_modules"), join(folder, "node_modules"));
  const ends: (() => void)[] = [];
  const end = (): void => {
    for (const one of ends) one();
    rmSync(folder, { recursive: true, force: true });
  };
  // A test that takes too long is ended from outside, without its "after".
  process.once("exit", end);
  t.after(() => {
    process.off("exit", end);
    end();
  });
  // Neither what tests are run with, nor a port that is taken. Some programs print in colours where CI is set.
  const {
    NODE_OPTIONS: _,
    NODE_TEST_CONTEXT: __,
    CI: ___,
    FORCE_COLOR: ____,
    ...inherited
  } = process.env;
  const env = { ...inherited, ...quickNpm, PORT: "0", NO_COLOR: "1" };
  const shell = { cwd: folder, env, shell: true } as const;
  return {
    folder,
    write(files) {
      for (const [name, text] of files) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    },
    run: (command) =>
      execFileSync(command, { ...shell, encoding: "utf8", timeout: patienceMs, stdio: "pipe" }),
    start: (command, printed) =>
      new Promise((found, reject) => {
        // A group of its own: npx starts programs that start programs, and all of them have to end.
        const child = spawn(command, { ...shell, stdio: "pipe", detached: true });
        ends.push(() => endGroup(child.pid));
        let text = "";
        const late = setTimeout(
          () => reject(new Error(`${command} did not print ${printed.source} in time:\n${text}`)),
          patienceMs,
        ).unref();
        const take = (chunk: string): void => {
          text += chunk;
          const match = printed.exec(text);
          if (match === null) return;
          clearTimeout(late);
          found(match);
        };
        child.stdout.setEncoding("utf8").on("data", take);
        child.stderr.setEncoding("utf8").on("data", take);
        child.once("close", () => reject(new Error(`${command} ended:\n${text}`)));
      }),
  };
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
