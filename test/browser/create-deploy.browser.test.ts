import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { connect } from "roomline/client";
import { followDockerfile, readYaml, type Image } from "../create/docker-steps.ts";
import { packCreate } from "../create/packed-create.ts";
import { createPrintedProject, packPackage } from "../printed/printed-code.ts";
import { browserTest } from "./browser-test.ts";
import { freePort, plays } from "./create-plays.ts";

const packed = { roomline: packPackage(), create: packCreate() };
after(() => {
  packed.roomline.remove();
  packed.create.remove();
});

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
