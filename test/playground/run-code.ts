import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectDir } from "../foreign/toolchain.ts";

/** A folder of its own, in which this package is installed. */
export function emptyProject(test: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "roomline-code-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(projectDir, join(modules, "roomline"));
  for (const name of ["@bufbuild", "@types"])
    symlinkSync(join(projectDir, "node_modules", name), join(modules, name));
  return folder;
}

/** Writes a file into a folder, and gives its path. */
export function writeInto(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** How long a program may take on a busy machine. */
const patienceMs = 60_000;

/**
 * Runs a program until it has printed all of these, and then interrupts it, or to its end without any. Gives what it printed.
 * Throws when it ends before, or with an error.
 */
export function runUntil(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly printed?: readonly string[];
  },
): Promise<string> {
  const { printed = [], ...spawning } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawning, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let isEnough = false;
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (isEnough || printed.length === 0) return;
      isEnough = printed.every((text) => output.includes(text));
      if (isEnough) child.kill("SIGINT");
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (isEnough || (printed.length === 0 && code === 0)) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`));
    });
  });
}
