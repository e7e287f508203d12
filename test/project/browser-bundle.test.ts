import assert from "node:assert/strict";
import { build, type BuildOptions } from "esbuild";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { besideSdk } from "../../scripts/beside-sdk.ts";
import { webBuildOptions } from "../../scripts/web-build-options.ts";

/** What `/roomline.js` may weigh on its way to a page. docs/browsers.md says so. */
const gzipBytesMax = 51_500;

describe("the browser SDK", () => {
  it("is one file of less than 51.5 kB compressed, without anything of Node", async () => {
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

  it("has nothing of bad networks in it: they are a file beside it, of less than 5 kB compressed", async () => {
    const beside: BuildOptions = {
      ...webBuildOptions,
      plugins: [...webBuildOptions.plugins, besideSdk],
      sourcemap: false,
    };
    const buildOf = (entry: string) =>
      build({ ...beside, entryPoints: [entry], write: false, metafile: true });
    const sdk = await buildOf("client/browser-bundle.ts");
    const inputs = Object.keys(sdk.metafile.inputs);
    assert.deepEqual(
      inputs.filter((path) => path.includes("shared/network/")),
      [],
    );
    const network = await buildOf("client/browser-network-bundle.ts");
    const [file] = network.outputFiles;
    assert.ok(file !== undefined && network.outputFiles.length === 1);
    const bytes = gzipSync(file.contents, { level: 9 }).length;
    console.log(`bad networks: ${file.contents.length} bytes, ${bytes} compressed`);
    assert.ok(bytes < 5_000, `${bytes} bytes compressed`);
    // Errors and close reasons are the same objects in both.
    const [output] = Object.values(network.metafile.outputs);
    assert.deepEqual([...new Set(output?.imports.map(({ path }) => path))], ["./roomline.js"]);
    assert.ok(!Object.keys(network.metafile.inputs).some((path) => path.endsWith("errors.ts")));
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
