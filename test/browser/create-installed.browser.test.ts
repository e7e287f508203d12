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
import { assertInTime, cut, freePort, opened, plays } from "./create-plays.ts";

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

browserTest(
  "npm start: when a file of the server is saved it starts again, and players come back",
  async (it) => {
    const maker = createProjectMaker(it.t, shared);
    const project = maker.make("my-game", { ...plain, preset: "chat", layout: "server" });
    const port = await freePort();
    await project.start(`PORT=${port} npm start`, opened.server);
    const [ann, bob] = [
      await it.open(`http://localhost:${port}/`, { expected: cut }),
      await it.open(`http://localhost:${port}/`, { expected: cut }),
    ];
    for (const page of [ann, bob]) await page.locator("#send:enabled").waitFor();
    const room = join(project.folder, "room.ts");
    writeFileSync(
      room,
      readFileSync(room, "utf8").replace(
        "by: player.id, text,",
        "by: player.id, text: text.toUpperCase(),",
      ),
    );
    await ann.locator("#connection[data-state=resuming]").waitFor();
    for (const page of [ann, bob]) await page.locator("#connection[data-state=live]").waitFor();
    await ann.getByPlaceholder("Say something").fill("quietly");
    await ann.keyboard.press("Enter");
    await bob.locator("#lines .said", { hasText: "QUIETLY" }).waitFor();
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
    const [, server = "", url = ""] = await project.start("npm start", opened.vite);
    await plays.chat(() => it.open(url), { url, server });
  },
);
