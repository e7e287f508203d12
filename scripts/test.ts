// Runs the tests: all of them, or the files whose path contains one of the words given. With --browser it runs those that
// need Chromium (*.browser.test.ts), with --foreign those that need Go or Python (*.foreign.test.ts). Both are left out
// otherwise: all other tests need Node and npm, nothing else. --without=WORD leaves out the files whose path contains it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { toJavaScript, transpile } from "./transpile.ts";

const args = process.argv.slice(2);
const words = args.filter((arg) => !arg.startsWith("--"));
const without = args.flatMap((arg) => /^--without=(.+)$/.exec(arg)?.[1] ?? []);
const kinds = ["browser", "foreign"];
const kind = kinds.find((one) => args.includes(`--${one}`));
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => path.endsWith(".test.ts"))
  .filter((path) => kinds.find((one) => path.endsWith(`.${one}.test.ts`)) === kind)
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .filter((path) => !without.some((word) => path.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(" or ")}.`);
  process.exit(1);
}
const transpiled = resolve(await transpile());
const { status } = spawnSync(
  process.execPath,
  [
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
  ],
  // What is made once for all files goes with the run.
  { stdio: "inherit", env: { ...process.env, TEST_RUN_DIR: transpiled } },
);
process.exit(status ?? 1);
