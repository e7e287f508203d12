import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { filesIn, sectionOf } from "../printed/printed-code.ts";

it("docs/react.md prints the examples of frameworks as they are, and short", () => {
  const printed = filesIn(sectionOf("docs/react.md", "## Other frameworks"));
  assert.deepEqual([...printed.keys()], ["vue.ts", "svelte.ts", "solid.ts"]);
  for (const [name, text] of printed) {
    assert.equal(text, readFileSync(`examples/frameworks/${name}`, "utf8"));
    assert.ok(text.split("\n").length <= 25, name);
  }
});
