import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { castsOnTrial, createProjectMaker, packCreate } from "../create/packed-create.ts";
import { createPrintedProject, packPackage } from "../printed/printed-code.ts";
import { browserTest, photograph } from "./browser-test.ts";
import { assertInTime, opened, plays } from "./create-plays.ts";

const packed = { roomline: packPackage(), create: packCreate() };
/** What projects share: a copy of the package, and what else they depend on. */
const shared = { ...packed, roomline: createPrintedProject({ after }, packed.roomline) };
after(() => {
  packed.roomline.remove();
  packed.create.remove();
});

/** From the command to the moment at which two pages have played together. */
const secondsMax = 30;

for (const { preset, layout, ui } of castsOnTrial)
  browserTest(
    `npm create roomline: ${preset}, ${layout}, ${ui}: two pages play together`,
    async (it) => {
      const maker = createProjectMaker(it.t, shared);
      const beganMs = performance.now();
      const project = maker.make("my-game", { preset, layout, ui, jwt: false, deploy: false });
      if (preset === "stream") hurry(project.folder);
      const [, server = "", url = ""] = await project.start("npm start", opened[layout]);
      const [, last] = await plays[preset](() => it.open(url), { url, server });
      assertInTime(it.t, beganMs, secondsMax);
      if (layout === "server" && last !== undefined)
        await photograph(last, `create-${preset}-${ui}`);
    },
  );

/** Has the model of the stream answer three times as quickly. */
function hurry(folder: string): void {
  const path = join(folder, "model.ts");
  const text = readFileSync(path, "utf8");
  assert.ok(text.includes("betweenMs = 40"));
  writeFileSync(path, text.replace("betweenMs = 40", "betweenMs = 12"));
}
