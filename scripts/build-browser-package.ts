// Makes the package for those who have only pages, beside the built one: `npm run build && npm run build:browser-package`
// writes dist-browser/ (or, with two arguments, from one folder into another). It has the same names (roomline/client, roomline/store, roomline/react, roomline/contract, roomline/browser) and is installed under
// the same name, so that no import differs, but nothing of a server is in it or in its tree.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, object>>;
}

const root = resolve(import.meta.dirname, "..");
const [dist = join(root, "dist"), out = join(root, "dist-browser")] = process.argv.slice(2);
const entries = {
  "./client": "client/browser.js",
  "./store": "client/store/index.js",
  "./react": "client/react/browser.js",
  "./contract": "shared/contract/index.js",
  "./browser": "client/browser-bundle.js",
} as const;
const bundle = "server/web/built/roomline.js";

/** The files of ours that a file comes to, and the packages. */
function reach(file: string, files: Set<string>, packages: Set<string>): void {
  if (files.has(file)) return;
  files.add(file);
  const text = readFileSync(join(dist, file), "utf8");
  for (const [, from = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (from.startsWith(".")) {
      const next = relative(dist, resolve(dist, dirname(file), from));
      reach(file.endsWith(".d.ts") ? next.replace(/\.[jt]s$/, ".d.ts") : next, files, packages);
    } else {
      packages.add(
        from.startsWith("@") ? from.split("/", 2).join("/") : (from.split("/")[0] ?? ""),
      );
    }
  }
}

const files = new Set<string>();
const packages = new Set<string>();
for (const entry of Object.values(entries)) {
  reach(entry, files, packages);
  reach(entry.replace(/\.js$/, ".d.ts"), files, packages);
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
const peers = Object.keys(manifest.peerDependencies).filter((name) => packages.delete(name));
const ofPeers = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => peers.includes(name)));
const strangers = [...packages].filter((name) => manifest.dependencies[name] === undefined);
if (strangers.length > 0) throw new Error(`A page cannot have ${strangers.join(", ")}.`);
rmSync(out, { recursive: true, force: true });
for (const file of [...files, bundle]) {
  mkdirSync(dirname(join(out, file)), { recursive: true });
  cpSync(join(dist, file), join(out, file));
}
for (const file of ["LICENSE", "CHANGELOG.md", "docs", "proto"])
  cpSync(join(root, file), join(out, file), { recursive: true });
writeFileSync(
  join(out, "README.md"),
  "# Roomline for pages\n\nThe client of Roomline, and contracts, without the server. Install it under the name of the whole package, so that\n" +
    "contracts can be shared with a server:\n\n```sh\nnpm install roomline@npm:roomline-browser\n```\n\nHow to use it: [docs/browsers.md](docs/browsers.md).\n",
);
const { version, license, type, engines } = manifest;
const exported = Object.entries(entries).map(([name, file]): [string, object | string] => [
  name,
  {
    types: `./${file.replace(/\.js$/, ".d.ts")}`,
    default: name === "./browser" ? `./${bundle}` : `./${file}`,
  },
]);
const own = {
  name: "roomline-browser",
  version,
  license,
  type,
  engines,
  description: "The client of Roomline for pages, without the server.",
  sideEffects: false,
  dependencies: Object.fromEntries(
    [...packages].sort().map((name) => [name, manifest.dependencies[name]]),
  ),
  peerDependencies: ofPeers(manifest.peerDependencies),
  peerDependenciesMeta: ofPeers(manifest.peerDependenciesMeta),
  exports: Object.fromEntries([...exported, ["./package.json", "./package.json"]]) as unknown,
};
writeFileSync(join(out, "package.json"), `${JSON.stringify(own, undefined, 2)}\n`);
console.log(`dist-browser: ${files.size + 1} files, ${Object.keys(own.dependencies).join(", ")}`);
