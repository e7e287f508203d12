import { spawnSync } from "node:child_process";
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
  readonly #folder = mkdtempSync(join(tmpdir(), "roomline-mutants-"));

  constructor() {
    for (const name of readdirSync(".")) {
      // What is built may be built anew right now, by another test.
      if (name.startsWith(".git") || ["node_modules", "dist", "built"].includes(name)) continue;
      cpSync(name, join(this.#folder, name), { recursive: true });
    }
    symlinkSync(resolve("node_modules"), join(this.#folder, "node_modules"));
  }

  /** What the tests that have to notice come to with this mutant, or none, in the code; and the first test or seed that failed. */
  try(
    mutant: Mutant | undefined,
    by: Mutant["noticedBy"],
  ): { readonly outcome: Outcome; readonly last: string } {
    const take = mutant === undefined ? undefined : this.#plant(mutant);
    try {
      const script =
        typeof by === "string"
          ? ["test/simulation/explore.ts", "1", `${mutant ? seedsMax : 5}`, ...wordsOf(by), "stop"]
          : ["scripts/test.ts", ...by];
      const { status, stdout } = spawnSync(
        process.execPath,
        ["--conditions=roomline-source", "--import", "tsx", ...script],
        {
          ...{ cwd: this.#folder, encoding: "utf8", timeout: patienceMs, killSignal: "SIGKILL" },
          env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${memoryMbMax}` },
        },
      );
      if (status === null) return { outcome: "hangs", last: `no end within ${patienceMs} ms` };
      return { outcome: status === 0 ? "passes" : "fails", last: lastWords(stdout) };
    } finally {
      take?.();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Puts it into the code, and returns what takes it out again. */
  #plant({ name, file, is, becomes }: Mutant): () => void {
    const path = join(this.#folder, file);
    const code = readFileSync(path, "utf8");
    if (code.split(is).length !== 2) throw new Error(`${name}: ${file} does not have, once: ${is}`);
    const mutated = code.replace(is, () => becomes);
    writeFileSync(path, mutated);
    return () => writeFileSync(path, code);
  }
}

/** How the simulation is told so. */
function wordsOf(by: "home" | "linked" | "nodes" | "moved"): readonly string[] {
  return by === "moved" ? ["home", "moved"] : [by];
}

/** The first test that failed, or the seed. */
function lastWords(stdout: string): string {
  const lines = stdout.trim().split("\n");
  const failed = lines.find((line) => /^\s*✖ /.test(line) && !line.includes("failing tests"));
  return (failed ?? lines.at(-1) ?? "").trim();
}
