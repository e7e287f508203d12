import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { layouts, type Layout } from "../../create-roomline/src/choices.ts";
import { castsOnTrial, createProjectMaker, packCreate } from "../create/packed-create.ts";
import { createPrintedProject, packPackage } from "./printed-code.ts";

const packed = packPackage();
/** What all projects share: a copy of the package, and what else they depend on. */
const shared = createPrintedProject({ after }, packed);
after(() => packed.remove());

describe("npm create roomline, beside the packed package", () => {
  it("every project that npm create roomline makes compiles, and its test passes", (t) => {
    const create = packCreate();
    t.after(() => create.remove());
    const maker = createProjectMaker(t, { roomline: shared, create });
    const all = castsOnTrial.map((cast) => {
      const name = Object.values(cast).join("-");
      return { ...cast, project: maker.make(name, { ...cast, jwt: false, deploy: false }) };
    });
    for (const layout of Object.keys(layouts) as Layout[])
      maker.make(`all-${layout}`, { preset: "chat", layout, ui: "react", jwt: true, deploy: true });
    // All have the same options of the compiler; one run is enough, and much quicker.
    const options = { extends: "./all-server/tsconfig.json", exclude: ["node_modules"] };
    writeFileSync(join(maker.folder, "tsconfig.json"), JSON.stringify(options));
    assert.equal(maker.run("npx tsc"), "");
    // What a room is, layouts and options do not change: test/create/assemble.test.ts.
    for (const { layout, project } of all)
      if (layout === "server") assert.match(project.run("npm test"), /\bfail 0\b/);
  });
});
