import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { mutants } from "./all.ts";

it("every mutant has its place in the code, once, and a name of its own", () => {
  assert.ok(mutants.length >= 60, `${mutants.length}`);
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  const lost = mutants.filter(
    ({ file, is, becomes }) => readFileSync(file, "utf8").split(is).length !== 2 || is === becomes,
  );
  assert.deepEqual(
    lost.map(({ name, file }) => `${name}: ${file}`),
    [],
  );
});
