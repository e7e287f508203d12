import { readdirSync } from "node:fs";
import type { BuildOptions } from "esbuild";

/** How the page becomes what browsers read: its program with all it imports in one file, the rest as it is. */
export const page: BuildOptions = {
  entryPoints: readdirSync("page")
    .filter((name) => /^main\.|\.(html|css)$/.test(name))
    .map((name) => `page/${name}`),
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  loader: { ".html": "copy" },
};
