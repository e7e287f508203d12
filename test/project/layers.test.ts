import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";

const config = ".dependency-cruiser.cjs";
const cruiser = resolve("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");

/** Runs the check of the layers in a folder, over these folders of it. */
function cruise(cwd: string, folders: readonly string[], outputType = "err") {
  const args = [cruiser, "--config", config, "--output-type", outputType, ...folders];
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 27 });
}

/** What the check says of a project that has these files and nothing else, each importing one other. */
function verdictOn(imports: Readonly<Record<string, string>>): { ok: boolean; text: string } {
  const folder = mkdtempSync(join(tmpdir(), "roomline-layers-"));
  try {
    for (const name of [config, "tsconfig.json", "package.json"]) cpSync(name, join(folder, name));
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    for (const [from, to] of Object.entries(imports)) {
      for (const file of [from, to]) {
        mkdirSync(join(folder, dirname(file)), { recursive: true });
        writeFileSync(join(folder, file), "export const it = 1;\n", { flag: "a" });
      }
      const up = "../".repeat(from.split("/").length - 1);
      writeFileSync(join(folder, from), `export { it } from "${up}${to}";\n`);
    }
    const { status, stdout, stderr } = cruise(folder, ["server"]);
    return { ok: status === 0, text: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the layers", () => {
  for (const [rule, from, to] of [
    ["nothing-above-the-seam-names-a-room", "server/session/probe.ts", "server/room/live-room.ts"],
    [
      "nothing-above-the-seam-names-a-room",
      "server/services/watch/probe.ts",
      "server/rooms/host.ts",
    ],
    ["nothing-above-the-seam-names-a-room", "server/connection/probe.ts", "server/state/table.ts"],
    ["the-seam-stands-alone", "server/feed/probe.ts", "server/observe/log.ts"],
    ["the-seam-stands-alone", "server/feed/link/probe.ts", "server/room/live-room.ts"],
    ["rooms-look-down-only", "server/room/probe.ts", "server/session/session.ts"],
    ["rooms-look-down-only", "server/rooms/probe.ts", "server/connection/connection.ts"],
    ["one-room-knows-not-all", "server/room/probe.ts", "server/rooms/host.ts"],
    ["server-session-looks-down-only", "server/session/probe.ts", "server/connection/outbox.ts"],
  ] as const) {
    it(`${rule}: ${from} may not import ${to}`, () => {
      const { ok, text } = verdictOn({ [from]: to });
      assert.equal(ok, false, "the check has let it pass");
      assert.match(text, new RegExp(rule));
    });
  }

  it("let a session read a feed, and a room write one", () => {
    const { ok, text } = verdictOn({
      "server/session/probe.ts": "server/feed/feed.ts",
      "server/room/probe.ts": "server/feed/commit.ts",
    });
    assert.ok(ok, text);
  });
});

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** Who imports whom among the files and folders side by side in one folder. */
type Arrows = Map<string, Set<string>>;

/** The arrows of each folder. */
function arrowsByFolder({ modules }: Cruised): Map<string, Arrows> {
  const folders = new Map<string, Arrows>();
  for (const { source, dependencies } of modules) {
    for (const { resolved } of dependencies) {
      const [from, to] = [source.split("/"), resolved.split("/")];
      let depth = 0;
      while (from[depth] === to[depth] && depth < from.length - 1) depth++;
      const [a, b] = [from[depth], to[depth]];
      if (a === undefined || b === undefined || a === b) continue;
      const folder = from.slice(0, depth).join("/");
      const arrows: Arrows = folders.get(folder) ?? new Map<string, Set<string>>();
      folders.set(folder, arrows);
      arrows.set(a, (arrows.get(a) ?? new Set()).add(b));
    }
  }
  return folders;
}

/** A way from a file or folder back to itself; undefined: there is none. */
function wayBack(arrows: Arrows, start: string): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const next of arrows.get(way.at(-1) ?? "") ?? []) {
      if (next === start) return [...way, next];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

it("arrows between files and folders go one way, at every level of the house", () => {
  const folders = [
    "shared",
    "server",
    "client",
    "monitor",
    "pages",
    "playground",
    "testing",
    "cli",
    "vite-plugin",
  ];
  const { stdout } = cruise(".", folders, "json");
  const cruised = JSON.parse(stdout) as Cruised;
  const own = cruised.modules.filter(({ source }) =>
    folders.includes(source.split("/", 1)[0] ?? ""),
  );
  assert.ok(own.length > 300, "the sources were found");
  const ways: string[] = [];
  for (const [folder, arrows] of arrowsByFolder({ modules: own })) {
    for (const start of arrows.keys()) {
      const way = wayBack(arrows, start);
      if (way !== undefined) ways.push(`${folder}: ${way.join(" -> ")}`);
    }
  }
  assert.deepEqual(ways, []);
});
