import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { connect } from "roomline/client";
import { defineContract, json } from "roomline/contract";
import type { Layout, Preset } from "../../create-roomline/src/choices.ts";
import { castsOnTrial, createProjectMaker, packCreate } from "../create/packed-create.ts";
import { followDockerfile, readYaml, type Image } from "../create/docker-steps.ts";
import {
  commandsIn,
  createPrintedProject,
  packPackage,
  sectionOf,
} from "../printed/printed-code.ts";
import { browserTest, photograph } from "./browser-test.ts";
import { soon } from "./field-pages.ts";

const packed = { roomline: packPackage(), create: packCreate() };
/** What all projects but one share: a copy of the package, and what else they depend on. */
const shared = { ...packed, roomline: createPrintedProject({ after }, packed.roomline) };
after(() => {
  packed.roomline.remove();
  packed.create.remove();
});

/** From the command to the moment at which two pages have played together. */
const secondsMax = 30;
/** The same with an install before it, which takes some ten seconds, and longer on a machine that has others to serve. */
const installedSecondsMax = 60;

/** Where a started project has its page and its server. */
interface Started {
  readonly url: string;
  /** HOST:PORT */
  readonly server: string;
}

/** What a watcher of the arena wants to know. */
const coins = defineContract({
  state: { coins: json<{ x: number; y: number }>(), ships: json<{ x: number }>() },
});

/** Two pages, until each has seen what the other did. */
type Play = (open: () => Promise<Page>, started: Started) => Promise<readonly Page[]>;

const plays: Readonly<Record<Preset, Play>> = {
  async chat(open) {
    const [ann, bob] = [await open(), await open()];
    const say = async (page: Page, text: string) => {
      await page.locator("#send:enabled").waitFor();
      await page.getByPlaceholder("Say something").fill(text);
      await page.keyboard.press("Enter");
    };
    await say(ann, "is somebody there?");
    await bob.locator("#lines .said", { hasText: "is somebody there?" }).waitFor();
    await say(bob, "yes");
    await ann.locator("#lines .said", { hasText: "yes" }).waitFor();
    await ann.locator("#members li").nth(1).waitFor();
    // A page that is reloaded goes on: nothing is told twice, nothing is missed, and nobody has left.
    const name = await ann.locator("#me").textContent();
    await ann.reload();
    await say(bob, "still there?");
    await ann.locator("#lines .said", { hasText: "still there?" }).waitFor();
    const heard = await ann.locator("#lines .mine, #lines .said").allTextContents();
    assert.deepEqual(
      heard.map((text) => /is somebody there\?|yes|still there\?/.exec(text)?.[0]),
      ["is somebody there?", "yes", "still there?"],
    );
    assert.equal(await ann.locator("#me").textContent(), name);
    assert.equal(await bob.locator("#lines .note", { hasText: "left" }).count(), 0);
    // A tab that is duplicated, with a copy of all that was kept, is somebody else.
    const opening = ann.context().waitForEvent("page");
    await ann.evaluate("void window.open(location.href)");
    const twin = await opening;
    await bob.locator("#members li").nth(2).waitFor();
    assert.notEqual(await twin.locator("#me").textContent(), name);
    assert.equal(await ann.locator("#connection[data-state=live]").count(), 1);
    await twin.close();
    return [ann, bob];
  },

  async arena(open, { server }) {
    const [ann, bob] = [await open(), await open()];
    for (const page of [ann, bob]) await page.locator("#scores li").nth(1).waitFor();
    const name = (await ann.locator("#me").textContent()) ?? "";
    // Somebody who only looks knows where the coins are; the player flies to one by the mouse.
    const watcher = await connect(server, { clientId: "watcher" });
    const session = await watcher.join(coins, { roomType: "arena" });
    await new Promise((resolve) => session.onState(resolve));
    const [coin] = session.state.coins.values();
    const box = await ann.locator("#field").boundingBox();
    assert.ok(coin !== undefined && box !== null);
    await ann.mouse.move(
      box.x + (coin.x / 1_000) * box.width,
      box.y + (coin.y / 1_000) * box.height,
    );
    await ann.mouse.down();
    const hers = bob.locator("#scores li", { hasText: name }).locator("b");
    await hers.filter({ hasText: /[1-9]/ }).waitFor();
    await ann.mouse.up();
    // A page that is reloaded has its ship and its score, and steers it as before.
    const places = () => session.state.ships.get(name);
    await ann.reload();
    await ann.locator("#scores .mine b").filter({ hasText: /[1-9]/ }).waitFor();
    assert.equal(await ann.locator("#me").textContent(), name);
    const { x = 0 } = places() ?? {};
    const key = x > 500 ? "a" : "d";
    await ann.keyboard.down(key);
    await soon(() => assert.ok(Math.abs((places()?.x ?? x) - x) > 50, "it does not fly"));
    await ann.keyboard.up(key);
    await watcher.close();
    return [ann, bob];
  },

  async "turn-based"(open) {
    const [ann, bob] = [await open(), await open()];
    const drop = async (page: Page, column: number) => {
      await page.locator("#message", { hasText: "Your turn" }).waitFor();
      await page.locator("#board button").nth(column).click();
    };
    for (const column of [0, 1, 2]) {
      await drop(ann, column);
      await drop(bob, column);
    }
    // A reload in the middle of a game comes back to it.
    await ann.reload();
    await drop(ann, 3);
    await ann.locator("#message", { hasText: "You have won!" }).waitFor();
    await bob.locator("#message", { hasText: "You have lost." }).waitFor();
    assert.equal(await bob.locator("#board .wins").count(), 4);
    return [ann, bob];
  },

  async stream(open) {
    const ann = await open();
    await ann.locator("#ask:enabled").waitFor();
    await ann.getByPlaceholder("Ask something").fill("What is a room?");
    await ann.keyboard.press("Enter");
    const words = async (page: Page, least: number) =>
      page.waitForFunction(`Number.parseInt(account.textContent) >= ${least}`);
    await words(ann, 30);
    await ann.reload();
    await words(ann, 60);
    // A second tab of the same address.
    const bob = await ann.context().newPage();
    await bob.goto(ann.url());
    await words(bob, 70);
    for (const page of [ann, bob]) await page.locator("#answers .done").waitFor();
    const [text, again] = await Promise.all(
      [ann, bob].map((page) => page.locator("#answers p").textContent()),
    );
    assert.equal(text, again);
    assert.match(text ?? "", /What is a room\?.*put your own model into model\.ts\.$/);
    assert.match((await ann.locator("#account").textContent()) ?? "", /, 0 missed, 0 doubled$/);
    return [ann, bob];
  },
};

const opened: Readonly<Record<Layout, RegExp>> = {
  server: /Server:\s+http:\/\/(\S+)\/[\s\S]*Open (http:\/\/\S+\/) in two tabs/,
  vite: /Server:\s+http:\/\/(\S+)\/[\s\S]*Local:\s+(http:\/\/\S+\/)/,
};

/** What a page says of a server that is away for a moment. */
const cut = [/WebSocket connection to .* failed/];
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

for (const { preset, layout, ui } of castsOnTrial)
  browserTest(
    `npm create roomline: ${preset}, ${layout}, ${ui}: two pages play together`,
    async (it) => {
      const maker = createProjectMaker(it.t, shared);
      const beganMs = performance.now();
      const project = maker.make("my-game", { ...plain, preset, layout, ui });
      if (preset === "stream") hurry(project.folder);
      const [, server = "", url = ""] = await project.start("npm start", opened[layout]);
      const [, last] = await plays[preset](() => it.open(url), { url, server });
      assertInTime(it.t, beganMs, secondsMax);
      if (layout === "server" && last !== undefined)
        await photograph(last, `create-${preset}-${ui}`);
    },
  );

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

browserTest(
  "npm create roomline: what the Dockerfile says, done by hand, makes a server with tokens that plays and ends when it is told",
  async (it) => {
    const project = createPrintedProject(it.t, undefined);
    const { create, roomline } = packed;
    const options = "--yes --no-install --preset chat --layout vite --ui react --jwt --deploy";
    project.run(`node ${create.program} my-game ${options} --roomline ${roomline.tarball}`);
    const context = join(project.folder, "my-game");
    // A path that is the same from everywhere, as a version would be.
    const manifest = join(context, "package.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace(/"file:[^"]+"/, `"file:${roomline.tarball}"`));
    writeFileSync(join(context, ".env"), "SECRET=1");
    mkdirSync(join(context, "node_modules"));

    const exports = (env: Readonly<Record<string, string>>) =>
      Object.entries(env).map(([name, value]) => `export ${name}=${value}; `);
    const image = followDockerfile(context, project.folder, (command, folder, env) => {
      project.run(`cd ${folder} && { ${exports(env).join("")}${command}; }`);
    });
    const there = (name: string) => existsSync(join(image.workdir, name));
    assert.deepEqual(
      ["node_modules/roomline", "dist/index.html", "node_modules/vite", ".env"].map(there),
      [true, true, false, false],
    );
    assertDeployedAlike(context, image);

    const port = await freePort();
    const env = { ...image.env, PORT: String(port) };
    const [program = "", ...args] = image.cmd;
    const { PATH } = process.env;
    const child = spawn(program, args, { cwd: image.workdir, env: { ...env, PATH } });
    it.t.after(() => child.kill("SIGKILL"));
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    assert.match(String(said), new RegExp(`^Server: http://\\S+:${port}/`));
    const isHealthy = () =>
      project.run(`cd ${image.workdir} && { ${exports(env).join("")}${image.healthcheck}; }`);
    isHealthy();
    const [server, url] = [`127.0.0.1:${port}`, `http://127.0.0.1:${port}/`];
    const pages = await plays.chat(() => it.open(url), { url, server });
    for (const page of pages) await page.close();
    await assert.rejects(connect(server, { clientId: "ann" }), { code: "unauthenticated" });
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
    assert.throws(isHealthy, /ECONNREFUSED|Command failed/);
  },
);

/** The image, compose and systemd start the same at the same port. */
function assertDeployedAlike(context: string, { env, cmd, user, port }: Image): void {
  const read = (name: string) => readFileSync(join(context, name), "utf8");
  assert.deepEqual([env["PORT"], env["HOST"], user], [String(port), "0.0.0.0", "node"]);
  assert.deepEqual(readYaml(read("compose.yaml")), {
    services: {
      game: {
        build: ".",
        restart: "unless-stopped",
        ports: [`127.0.0.1:${port}:${port}`],
      },
    },
  });
  const unit = read("game.service");
  assert.match(unit, new RegExp(`^ExecStart=/usr/bin/${cmd.join(" ").replace(".", "\\.")}$`, "m"));
  assert.match(unit, new RegExp(`^Environment=.* PORT=${port}$`, "m"));
  const commands = [...unit.matchAll(/npm run (\w+)/g)].map(([, name = ""]) => name);
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: object };
  for (const name of commands) assert.ok(name in scripts, name);
}

/** A server that starts again comes back at the same port. */
function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  return new Promise((resolve) =>
    server.once("listening", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    }),
  );
}

/** Has the model of the stream answer three times as quickly. */
function hurry(folder: string): void {
  const path = join(folder, "model.ts");
  const text = readFileSync(path, "utf8");
  assert.ok(text.includes("betweenMs = 40"));
  writeFileSync(path, text.replace("betweenMs = 40", "betweenMs = 12"));
}

function assertInTime(t: TestContext, beganMs: number, secondsMax: number): void {
  const seconds = (performance.now() - beganMs) / 1_000;
  t.diagnostic(`${seconds.toFixed(1)} s`);
  assert.ok(seconds < secondsMax, `${seconds.toFixed(1)} s`);
}
