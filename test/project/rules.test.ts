import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { defaultLimits } from "../../shared/limits.ts";

const read = (path: string) => readFileSync(path, "utf8");

function testTitles(): string {
  return readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts") || path.endsWith("-contract.ts"))
    .flatMap((path) => readFileSync(join("test", path), "utf8").split("\n"))
    .filter((line) => /(it|[tT]est|describe)\(|^\s*[`"'].*[A-Z]{2}-\d/.test(line))
    .join("\n");
}

describe("the written promises", () => {
  it("every rule of PROTOCOL.md is cited by the title of a test", () => {
    const rules = [...read("proto/PROTOCOL.md").matchAll(/^- \*\*([A-Z]{2}-\d+)\*\*/gm)].map(
      ([, rule]) => rule ?? "",
    );
    assert.ok(rules.length > 60, "the rules are found");
    const titles = testTitles();
    const uncited = rules.filter((rule) => !new RegExp(`\\b${rule}\\b`).test(titles));
    assert.deepEqual(uncited, []);
  });

  it("CL-1: docs/close-reasons.md is the table of the code", () => {
    const page = read("docs/close-reasons.md");
    for (const { name, code, action, meaning } of Object.values(closeReasons)) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      assert.ok(row !== undefined, `${name} is missing`);
      for (const part of [String(code), action, meaning])
        assert.ok(row.includes(part), `${name}: ${part}`);
    }
  });

  it("docs/limits.md lists every limit with its default", () => {
    const page = read("docs/limits.md");
    for (const [name, value] of Object.entries(defaultLimits)) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      assert.ok(row !== undefined, `${name} is missing`);
      assert.ok(row.includes(value.toLocaleString("en")), `${name}: ${value.toLocaleString("en")}`);
    }
  });
});
