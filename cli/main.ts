#!/usr/bin/env node
import { createRequire } from "node:module";
import { runProgram } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";

const manifest: unknown = createRequire(import.meta.url)("roomline/package.json");

const surroundings: Surroundings = {
  env: process.env,
  version: versionOf(manifest),
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(callback) {
    process.on("SIGINT", callback).on("SIGTERM", callback);
    return () => void process.off("SIGINT", callback).off("SIGTERM", callback);
  },
  onHangup(callback) {
    process.on("SIGHUP", callback);
    return () => void process.off("SIGHUP", callback);
  },
  ...(process.send !== undefined && {
    starter: {
      // It may be gone by then, which is told by itself.
      tell: (message) => void process.send?.(message, undefined, undefined, () => undefined),
      onGone: (callback) => void process.once("disconnect", callback),
    },
  }),
  exit: (code) => process.exit(code),
};

// Who reads along may have seen enough: roomline tail lobby | head
process.stdout.on("error", () => process.exit(0));

const code = await runProgram(process.argv.slice(2), surroundings);
// What the user's module left running does not keep the process; what was printed is out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));

function versionOf(packageJson: unknown): string {
  if (typeof packageJson !== "object" || packageJson === null) return "unknown";
  return "version" in packageJson ? String(packageJson.version) : "unknown";
}
