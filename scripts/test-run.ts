import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { toJavaScript } from "./transpile.ts";

/** What kinds of tests need more than Node and npm: they are named `*.KIND.test.ts`. */
export const kinds = ["browser", "foreign"] as const;

/** Which tests are wanted. */
interface Wanted {
  /** Files whose path contains one of these; none: all. */
  readonly words: readonly string[];
  /** But not those whose path contains one of these. */
  readonly without?: readonly string[];
  /** Default: those that need nothing else. */
  readonly kind?: (typeof kinds)[number] | undefined;
}

/** The files of tests in `root`, named from there. */
export function testFiles(root: string, { words, without = [], kind }: Wanted): readonly string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .map((name) => join("test", name))
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => kinds.find((one) => path.endsWith(`.${one}.test.ts`)) === kind)
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .filter((path) => !without.some((word) => path.includes(word)))
    .sort();
}

/** What Node is given to run these files, as they are `transpiled` into that folder. */
export function testArguments(
  transpiled: string,
  files: readonly string[],
  kind?: Wanted["kind"],
): readonly string[] {
  return [
    "--conditions=roomline-source",
    "--expose-gc",
    "--enable-source-maps",
    "--import",
    join(transpiled, "scripts/end-when-told.js"),
    "--test",
    "--test-reporter=spec",
    // Two Chromiums or compilers at a time make each other late on a small machine.
    // Many tests wait for others: one more than there are cores keeps all of these busy.
    `--test-concurrency=${kind === undefined ? availableParallelism() + 1 : 1}`,
    `--test-timeout=${kind === "foreign" ? 600_000 : 300_000}`,
    ...files.map((file) => join(transpiled, toJavaScript(file))),
  ];
}
