// Runs the tests: all of them, or the files whose path contains one of the words given. With --browser it runs those that
// need Chromium (*.browser.test.ts), which are left out otherwise: all other tests need Node and npm, nothing else.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const args = process.argv.slice(2);
const words = args.filter((arg) => arg !== "--browser");
const inBrowser = args.includes("--browser");
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => path.endsWith(".test.ts") && path.endsWith(".browser.test.ts") === inBrowser)
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(" or ")}.`);
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  [
    "--conditions=roomline-source",
    "--expose-gc",
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    // Two Chromiums at a time make each other late on a small machine.
    `--test-concurrency=${inBrowser ? 1 : 2}`,
    "--test-timeout=240000",
    ...files,
  ],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
