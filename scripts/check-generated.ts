// Fails when the committed generated code is not what the .proto files generate now.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const outputs = [
  "shared/gen",
  "examples/arena/gen",
  "examples/ticker/gen",
  "test/gen",
  "bench/gen",
];
const before = mkdtempSync(join(tmpdir(), "roomline-generated-"));

/** Paths of all files below a folder, relative to it. */
const filesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort()
    : [];

const stale: string[] = [];
try {
  for (const output of outputs) cpSync(output, join(before, output), { recursive: true });
  execFileSync("npm", ["run", "--silent", "generate"], { stdio: "inherit" });
  for (const output of outputs) {
    const names = new Set([...filesOf(output), ...filesOf(join(before, output))]);
    for (const name of names) {
      const [was, is] = [join(before, output, name), join(output, name)];
      if (!existsSync(was) || !existsSync(is) || !readFileSync(was).equals(readFileSync(is))) {
        stale.push(join(output, name));
      }
    }
  }
} finally {
  rmSync(before, { recursive: true, force: true });
}
if (stale.length > 0) {
  console.error(
    `Generated code was stale and has been written anew, commit it:\n  ${stale.join("\n  ")}`,
  );
  process.exit(1);
}
