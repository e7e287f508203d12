import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "roomline/client";
import { createProjectMaker, packCreate } from "../create/packed-create.ts";
import {
  commandsIn,
  createPrintedProject,
  packPackage,
  sectionOf,
} from "../printed/printed-code.ts";
import { browserTest } from "./browser-test.ts";
import { soon } from "./field-pages.ts";
import { assertInTime, opened, openedWithTokens, plays } from "./create-plays.ts";

const packed = { roomline: packPackage(), create: packCreate() };
/** What projects share: a copy of the package, and what else they depend on. */
const shared = { ...packed, roomline: createPrintedProject({ after }, packed.roomline) };
after(() => {
  packed.roomline.remove();
  packed.create.remove();
});

/** From the command to the moment at which two pages have played together. */
const secondsMax = 30;
/** The same with an install before it, which takes some ten seconds, and longer on a machine that has others to serve. */
const installedSecondsMax = 60;

const plain = { ui: "plain", jwt: false, deploy: false } as const;

browserTest("README: a project is made, installed and started as it is printed", async (it) => {
  const commands = commandsIn(sectionOf("README.md", "## Start a project"));
  assert.deepEqual(commands, ["npm create roomline my-game -- --yes", "cd my-game", "npm start"]);
  // What npm create does, but for where the packages are from: nobody has published them.
  const { create, roomline } = packed;
  const creates = `npm exec --yes --package=${create.tarball} -- create-roomline my-game --yes --roomline ${roomline.tarball}`;
  const project = createPrintedProject(it.t, undefined);
  const beganMs = performance.now();
  project.run(creates);
  const installedMs = performance.now();
  const [, server = "", url = ""] = await project.start("cd my-game && npm start", opened.server);
  await plays.arena(() => it.open(url), { url, server });
  assertInTime(it.t, installedMs, secondsMax);
  assertInTime(it.t, beganMs, installedSecondsMax);
  assert.match(project.run("cd my-game && npm test"), /\bfail 0\b/);
  assert.match(
    project.run(`cd my-game && npm run load -- --server ${server} --players 5 --seconds 2`),
    /^5 players in 1 rooms for 2 s\n(?:1\d|2[0-2])\.\d updates[^]*\n0 connections lost, 0 players gone\n$/m,
  );
  const [bot = ""] = await project.start(
    `cd my-game && npm run bot -- --server ${server}`,
    /Bot 1 is in .*/,
  );
  assert.match(bot, /Bot 1 is in the room/);
});

for (const layout of ["server", "vite"] as const)
  browserTest(
    `npm start, ${layout}: when a file of the rooms is saved it is live, and players stay`,
    async (it) => {
      const maker = createProjectMaker(it.t, shared);
      const project = maker.make("my-game", { ...plain, preset: "chat", layout });
      const [, , url = ""] = await project.start("npm start", opened[layout]);
      const [ann, bob] = [await it.open(url), await it.open(url)];
      for (const page of [ann, bob]) {
        await page.locator("#send:enabled").waitFor();
        await page.evaluate(`(() => {
        globalThis.states = [];
        new MutationObserver(() => states.push(connection.dataset.state)).observe(connection, { attributes: true });
      })()`);
      }
      const room = join(project.folder, "room.ts");
      const code = readFileSync(room, "utf8");
      writeFileSync(
        room,
        code.replace("by: player.id, text,", "by: player.id, text: text.toUpperCase(),"),
      );
      await soon(async () => {
        await ann.getByPlaceholder("Say something").fill("quietly");
        await ann.keyboard.press("Enter");
        assert.ok((await bob.locator("#lines .said", { hasText: "QUIETLY" }).count()) > 0);
      });
      // What is wrong is shown on the page, until it is mended.
      const problem = layout === "vite" ? "vite-error-overlay" : "#roomline-problem";
      writeFileSync(room, `${code}\nconst x = ;`);
      await ann.locator(problem).waitFor({ state: "attached" });
      writeFileSync(room, code);
      await ann.locator(problem).waitFor({ state: "detached" });
      for (const page of [ann, bob])
        assert.deepEqual(
          (await page.evaluate<string[]>("states")).filter((state) => state !== "live"),
          [],
        );
    },
  );

const withTokens = { preset: "chat", jwt: true, deploy: true } as const;

test("npm create roomline: server, with tokens, built and served, and played by a bot", async (t) => {
  const maker = createProjectMaker(t, shared);
  const project = maker.make("my-game", { ...withTokens, layout: "server", ui: "react" });
  project.run("npm run build");
  const [, server = ""] = await project.start("npm run serve", /Server:\s+http:\/\/(\S+)\//);
  for (const path of ["", "main.js", "style.css"])
    assert.equal((await fetch(`http://${server}/${path}`)).status, 200, path);
  await assert.rejects(connect(server, { clientId: "ann" }), { code: "unauthenticated" });
  await project.start(`npm run bot -- --server ${server}`, /Bot 1 is in the room lobby/);
});

browserTest(
  "npm create roomline: vite, with tokens: Vite hands on what is for the server",
  async (it) => {
    const maker = createProjectMaker(it.t, shared);
    const project = maker.make("my-game", { ...withTokens, layout: "vite", ui: "plain" });
    const [, server = "", url = ""] = await project.start("npm start", openedWithTokens);
    await plays.chat(() => it.open(url), { url, server });
  },
);
