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
 * @param root where the code is
 * @returns the folder, which goes when this process ends; a file is in it where it is in `root`
 */
export async function transpile(root = "."): Promise<string> {
  mkdirSync(join(root, "built"), { recursive: true });
  const outdir = resolve(mkdtempSync(join(root, "built", "tests-")));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await transpileFiles(sourcesIn(root), { root, outdir });
  writeFileSync(join(outdir, "package.json"), transpiledManifest(root));
  for (const path of besideCode) {
    mkdirSync(dirname(join(outdir, path)), { recursive: true });
    symlinkSync(resolve(root, path), join(outdir, path));
  }
  return outdir;
}

/** Transpiles these files of `root`, named from there, into `outdir`. */
export async function transpileFiles(
  files: readonly string[],
  { root, outdir }: { readonly root: string; readonly outdir: string },
): Promise<void> {
  await build({
    entryPoints: [...files],
    absWorkingDir: resolve(root),
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
}

/** All files of code in a folder of `root`, named from there. */
function sourcesIn(root: string, folder = "."): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (without.test(path)) return [];
    if (entry.isDirectory()) return sourcesIn(root, path);
    return /(?<!\.d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** The manifest, so that the package imports its own transpiled files by its name. */
function transpiledManifest(root: string): string {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  return manifest.replaceAll(/"(\.\/(?!dist)[^"]+)\.tsx?"/g, '"$1.js"');
}
