import { build, type BuildOptions } from "esbuild";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { webBuildOptions } from "../../scripts/web-build-options.ts";

const pageText = `<!doctype html><html lang="en"><meta charset="utf-8" /><title>page</title><link rel="icon" href="data:," />
<div id="root"></div>
<script type="module" src="main.js"></script></html>`;

/**
 * Bundles a page for a browser, with libraries as they are while one develops, and puts it into a folder that goes with the
 * test: for `staticDir`. It has an element `root`.
 */
export async function bundlePage(
  t: TestContext,
  entry: string,
  options: BuildOptions = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "roomline-page-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    ...webBuildOptions,
    minify: false,
    sourcemap: false,
    define: {
      "process.env.NODE_ENV": '"development"',
      // Vue asks its bundler.
      ...{ __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    entryPoints: [entry],
    outfile: join(folder, "main.js"),
    ...options,
  });
  writeFileSync(join(folder, "index.html"), pageText);
  return folder;
}
