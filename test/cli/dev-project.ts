import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { childProgram } from "../child-program.ts";
import { startRoomline, type Outcome, type Running } from "./spawn-roomline.ts";

/** A folder with a project in it, and `roomline dev` at work in it. */
export interface DevProject {
  readonly address: string;
  readonly running: Running;
  /** All that the command has printed. */
  readonly printed: () => string;
  /** Saves a file of the project, as an editor does: to another file first, which is then given its name. */
  readonly save: (name: string, code: string) => void;
  /** Resolves when this is printed after all that was when this is called. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly stop: () => Promise<Outcome>;
}

/** Starts `roomline dev rooms.js` with these files. */
export async function startDev(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<DevProject> {
  const folder = mkdtempSync(join(tmpdir(), "roomline-dev-"));
  // The same engine as that of the command.
  const engine = resolve(dirname(childProgram("../../cli/main", import.meta.url).path), "..");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(engine, join(folder, "node_modules", "roomline"));
  const save = (name: string, code: string): void => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, code);
    renameSync(`${path}.new`, path);
  };
  save("package.json", JSON.stringify({ type: "module" }));
  for (const [name, code] of Object.entries(files)) save(name, code);
  const running = startRoomline(["dev", join(folder, "rooms.js"), "--port", "0", ...args]);
  let printed = "";
  running.child.stderr?.on("data", (text: string) => (printed += text));
  const stop = (): Promise<Outcome> => {
    running.child.kill("SIGTERM");
    return running.ended;
  };
  t.after(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const project = {
    running,
    printed: () => printed,
    save,
    async says(pattern: RegExp) {
      const from = printed.length;
      const after = new RegExp(`^[^]{${from}}[^]*?(${pattern.source})`);
      return running.said(after);
    },
    stop,
  };
  if (args.includes("--waits")) return { ...project, address: "" };
  const [, address = ""] = await running.said(/listening on (\S+),/);
  await running.said(/live after/);
  return { ...project, address };
}
