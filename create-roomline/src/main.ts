#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseJsonObject } from "./merge-json.ts";
import { install, packageManagerOf } from "./package-manager.ts";
import { createProject } from "./program.ts";

const packageManager = packageManagerOf(process.env["npm_config_user_agent"]);
// Where output goes to a file or a pipe, nobody reads questions.
const isTerminal = process.stdin.isTTY && process.stdout.isTTY;

process.exitCode = await createProject(process.argv.slice(2), {
  cwd: process.cwd(),
  version: versionOf(readFileSync(new URL("../package.json", import.meta.url), "utf8")),
  terminal: isTerminal ? { input: process.stdin, output: process.stdout } : undefined,
  packageManager,
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  install: (folder) => install(packageManager, folder),
});

function versionOf(manifest: string): string {
  const { version } = parseJsonObject(manifest, "package.json");
  return typeof version === "string" ? version : "unknown";
}
