// Runs the tests: all of them, or the files whose path contains one of the words given. With --browser it runs those that
// need Chromium (*.browser.test.ts), with --foreign those that need Go or Python (*.foreign.test.ts). Both are left out
// otherwise: all other tests need Node and npm, nothing else. --without=WORD leaves out the files whose path contains it.
import { spawnSync } from "node:child_process";
import { kinds, testArguments, testFiles } from "./test-run.ts";
import { transpile } from "./transpile.ts";

const args = process.argv.slice(2);
const words = args.filter((arg) => !arg.startsWith("--"));
const without = args.flatMap((arg) => /^--without=(.+)$/.exec(arg)?.[1] ?? []);
const kind = kinds.find((one) => args.includes(`--${one}`));
const files = testFiles(".", { words, without, kind });
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(" or ")}.`);
  process.exit(1);
}
const transpiled = await transpile();
const { status } = spawnSync(process.execPath, testArguments(transpiled, files, kind), {
  stdio: "inherit",
  // What is made once for all files goes with the run.
  env: { ...process.env, TEST_RUN_DIR: transpiled },
});
process.exit(status ?? 1);
