import { build, type Plugin } from "esbuild";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Where there is no code that tests import. */
const without = /(^|\/)(node_modules|built|dist|dist-browser|templates|\..*)(\/|$)/;

/** What code finds beside itself and is no code. */
const besideCode = [
  "server/web/built",
  "create-roomline/templates",
  "create-roomline/package.json",
];

/** Every import stays one, of the transpiled file when it was of a file of ours. */
const keepImports: Plugin = {
  name: "keep-imports",
  setup(builder) {
    builder.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === "entry-point"
        ? undefined
        : { path: path.startsWith(".") ? toJavaScript(path) : path, external: true },
    );
  },
};

/** The name of a file when it is transpiled. */
export function toJavaScript(path: string): string {
  return path.replace(/\.tsx?$/, ".js");
}

/**
 * Transpiles all code the tests run into a folder, file by file: a process that starts from there needs no loader, which
 * would take a second for every one of them.
 * @returns the folder, which goes when this process ends; a file is in it where it is here
 */
export async function transpile(): Promise<string> {
  mkdirSync("built", { recursive: true });
  const outdir = mkdtempSync(join("built", "tests-"));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    entryPoints: [...sourcesIn(".")],
    outdir,
    outbase: ".",
    bundle: true,
    plugins: [keepImports],
    platform: "node",
    format: "esm",
    target: "node20",
    jsx: "automatic",
    sourcemap: "linked",
    logLevel: "warning",
  });
  writeFileSync(join(outdir, "package.json"), transpiledManifest());
  for (const path of besideCode) {
    mkdirSync(dirname(join(outdir, path)), { recursive: true });
    symlinkSync(resolve(path), join(outdir, path));
  }
  return outdir;
}

/** All files of code in a folder. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (without.test(path)) return [];
    if (entry.isDirectory()) return sourcesIn(path);
    return /(?<!\.d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** The manifest, so that the package imports its own transpiled files by its name. */
function transpiledManifest(): string {
  return readFileSync("package.json", "utf8").replaceAll(/"(\.\/(?!dist)[^"]+)\.tsx?"/g, '"$1.js"');
}
