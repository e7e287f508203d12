import assert from "node:assert/strict";
import { build } from "esbuild";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { webBuildOptions } from "../../scripts/web-build-options.ts";

/** What `/roomline.js` may weigh on its way to a page. docs/browsers.md says so. */
const gzipBytesMax = 50_000;

describe("the browser SDK", () => {
  it("is one file of less than 50 kB compressed, without anything of Node", async () => {
    const { outputFiles, metafile } = await build({
      ...webBuildOptions,
      sourcemap: false,
      entryPoints: ["client/browser-bundle.ts"],
      write: false,
      metafile: true,
    });
    const [file] = outputFiles;
    assert.ok(file !== undefined && outputFiles.length === 1);
    const bytes = gzipSync(file.contents, { level: 9 }).length;
    console.log(`browser SDK: ${file.contents.length} bytes, ${bytes} compressed`);
    assert.ok(bytes < gzipBytesMax, `${bytes} bytes compressed`);
    const libraries = Object.keys(metafile.inputs)
      .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
      .filter((name) => name !== undefined);
    assert.deepEqual(new Set(libraries), new Set(["@bufbuild/protobuf", "nanoid"]));
  });

  it("cannot be built with anything of Node in it", async () => {
    const building = build({
      ...webBuildOptions,
      logLevel: "silent",
      stdin: { contents: `import "./client/connect.ts";`, resolveDir: "." },
      write: false,
    });
    await assert.rejects(building, /Could not resolve "/);
  });
});
