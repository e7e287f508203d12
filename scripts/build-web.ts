// Builds what browsers get: the SDK as one file, the monitor page, the playground, and the pages of the examples.
import { build } from "esbuild";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { besideSdk } from "./beside-sdk.ts";
import { webBuildOptions } from "./web-build-options.ts";

const serverDir = "server/web/built";
const examplesDir = "examples/built";

/** A page is a folder with a main.ts or main.tsx; everything in it that is not code is copied. */
async function buildPage(from: string, to: string): Promise<void> {
  const entry = ["main.tsx", "main.ts"].map((name) => join(from, name)).find(existsSync);
  if (entry === undefined) return;
  mkdirSync(to, { recursive: true });
  await build({ ...webBuildOptions, entryPoints: [entry], outfile: join(to, "main.js") });
  for (const name of readdirSync(from)) {
    if (/\.(html|css|svg|png|ico|webmanifest)$/.test(name))
      cpSync(join(from, name), join(to, name));
  }
}

/** Puts a compressed copy beside each file that gains by it; the server sends that one to whoever takes it. */
function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(html|css|js|svg)$/.test(name)) continue;
    const file = join(folder, name);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  }
}

for (const folder of [serverDir, examplesDir]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
await build({
  ...webBuildOptions,
  entryPoints: ["client/browser-bundle.ts"],
  outfile: join(serverDir, "roomline.js"),
});
await build({
  ...webBuildOptions,
  plugins: [...webBuildOptions.plugins, besideSdk],
  entryPoints: ["client/browser-network-bundle.ts"],
  outfile: join(serverDir, "roomline-network.js"),
});
for (const name of ["monitor", "playground"]) await buildPage(name, join(serverDir, name));
for (const name of readdirSync("examples")) {
  // The start page is the one at "/".
  const to = name === "start" ? examplesDir : join(examplesDir, name);
  await buildPage(join("examples", name, "page"), to);
}
// The start page shows it as it is.
cpSync("examples/first-room.ts", join(examplesDir, "first-room.txt"));
for (const folder of [serverDir, examplesDir]) compress(folder);
