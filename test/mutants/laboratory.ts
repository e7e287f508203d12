import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { testArguments, testFiles } from "../../scripts/test-run.ts";
import { transpile, transpileFiles } from "../../scripts/transpile.ts";
import type { Mutant } from "./mutant.ts";

/** Seeds of the simulation that are tried. */
const seedsMax = 200;
/** Longer than all seeds, or the tests of all words, take on a slow machine. */
const patienceMs = 1_200_000;
/** More than any test needs: a mutant that never ends may also never stop taking memory. */
const memoryMbMax = 2_048;

/** What became of it: `hangs` is none of the others, for nobody knows. */
export type Outcome = "passes" | "fails" | "hangs";

/** A copy of the project, in which mutants may be. */
export class Laboratory {
  readonly #folder: string;
  readonly #transpiled: string;

  private constructor(folder: string, transpiled: string) {
    this.#folder = folder;
    this.#transpiled = transpiled;
  }

  static async open(): Promise<Laboratory> {
    const folder = mkdtempSync(join(tmpdir(), "roomline-mutants-"));
    for (const name of readdirSync(".")) {
      // What is built may be built anew right now, by another test.
      if (name.startsWith(".git") || ["node_modules", "dist", "built"].includes(name)) continue;
      cpSync(name, join(folder, name), { recursive: true });
    }
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    return new Laboratory(folder, await transpile(folder));
  }

  /** What the tests that have to notice come to with this mutant, or none, in the code; and the first test or seed that failed. */
  async try(
    mutant: Mutant | undefined,
    by: Mutant["noticedBy"],
  ): Promise<{ readonly outcome: Outcome; readonly last: string }> {
    const take = mutant === undefined ? undefined : await this.#plant(mutant);
    try {
      return await this.#run(this.#argumentsOf(by, mutant === undefined ? 5 : seedsMax));
    } finally {
      await take?.();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends with the first test or seed that fails: it says enough. */
  async #run(
    args: readonly string[],
  ): Promise<{ readonly outcome: Outcome; readonly last: string }> {
    const program = spawn(process.execPath, args, {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        ...process.env,
        TEST_RUN_DIR: this.#transpiled,
        NODE_OPTIONS: `--max-old-space-size=${memoryMbMax}`,
      },
    });
    const impatience = setTimeout(() => program.kill("SIGKILL"), patienceMs);
    let failed: string | undefined;
    let last = "";
    const lines = createInterface({ input: program.stdout });
    lines.on("line", (line) => {
      if (line.trim() !== "") last = line.trim();
      if (failed !== undefined || !/^\s*✖ /.test(line)) return;
      failed = last;
      program.kill("SIGTERM");
    });
    const [[status]] = (await Promise.all([once(program, "exit"), once(lines, "close")])) as [
      [number | null],
      unknown,
    ];
    clearTimeout(impatience);
    if (failed !== undefined) return { outcome: "fails", last: failed };
    if (status === null) return { outcome: "hangs", last: `no end within ${patienceMs} ms` };
    return { outcome: status === 0 ? "passes" : "fails", last };
  }

  /** What Node is given to look for a mutant; `seeds`: of the simulation. */
  #argumentsOf(by: Mutant["noticedBy"], seeds: number): readonly string[] {
    if (typeof by !== "string")
      return testArguments(this.#transpiled, testFiles(this.#folder, { words: by }));
    const explore = join(this.#transpiled, "test/simulation/explore.js");
    return ["--conditions=roomline-source", explore, "1", `${seeds}`, ...wordsOf(by), "stop"];
  }

  /** Puts it into the code, and returns what takes it out again. */
  async #plant({ name, file, is, becomes }: Mutant): Promise<() => Promise<void>> {
    const path = join(this.#folder, file);
    const code = readFileSync(path, "utf8");
    if (code.split(is).length !== 2) throw new Error(`${name}: ${file} does not have, once: ${is}`);
    const put = async (text: string): Promise<void> => {
      writeFileSync(path, text);
      await transpileFiles([file], { root: this.#folder, outdir: this.#transpiled });
    };
    await put(code.replace(is, () => becomes));
    return () => put(code);
  }
}

/** How the simulation is told so. */
function wordsOf(by: "home" | "linked" | "nodes" | "moved"): readonly string[] {
  return by === "moved" ? ["home", "moved"] : [by];
}
