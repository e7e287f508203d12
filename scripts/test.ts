// Runs the tests: all of them, or the files whose path contains one of the words given.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const words = process.argv.slice(2);
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => path.endsWith(".test.ts"))
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
    "--test-concurrency=2",
    "--test-timeout=240000",
    ...files,
  ],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
