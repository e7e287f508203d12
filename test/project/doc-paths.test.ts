import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { it } from "node:test";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "proto/PROTOCOL.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const folders =
  "server|client|shared|test|cli|vite-plugin|testing|bench|examples|scripts|monitor|pages|playground|proto|docs";
const path = new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g");

/** What commands make is not there before. */
const isMade = (name: string): boolean => /node_modules|dist|\/built\//.test(name);

it("files and folders that the pages name are there", () => {
  const named = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(path)].map(([, name = ""]) => ({ page, name })),
  );
  assert.ok(named.length > 40, `${named.length} found`);
  assert.deepEqual(
    named.filter(({ name }) => !isMade(name) && !existsSync(name)),
    [],
  );
});
