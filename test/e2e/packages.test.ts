import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { after, describe, it } from "node:test";

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "roomline-packages-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd = root): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

describe("what npm publishes", () => {
  it("has all that its pages link to", () => {
    const [packed] = JSON.parse(
      run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]),
    ) as [{ readonly files: readonly { readonly path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    assert.ok(!paths.some((path) => /^(test|bench|node_modules|examples\/built)\//.test(path)));
    const broken = paths
      .filter((path) => path.endsWith(".md"))
      .flatMap((page) =>
        [...readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)]
          .map(([, link = ""]) => normalize(join(dirname(page), link)).replace(/\/$/, ""))
          .filter((to) => !paths.some((path) => path === to || path.startsWith(`${to}/`)))
          .map((to) => `${page}: ${to}`),
      );
    assert.deepEqual(broken, []);
  });

  it("gives the client for browsers to bundlers of React Native and of workers", () => {
    for (const condition of ["browser", "react-native", "workerd", "worker", "edge-light", "bun"]) {
      const conditions = ["--conditions=roomline-source", `--conditions=${condition}`];
      const file = condition === "bun" ? "index" : "browser";
      for (const [name, folder] of [
        ["client", "client"],
        ["react", "client/react"],
      ] as const) {
        const program = `console.log(import.meta.resolve("roomline/${name}"))`;
        const found = run("node", [...conditions, "--input-type=module", "-e", program]);
        assert.ok(found.trim().endsWith(`/${folder}/${file}.ts`), `${condition}: ${found}`);
      }
    }
  });

  it("for pages alone, the client comes without a server and what it needs", () => {
    const dist = join(folder, "dist");
    const modules = join(folder, "page/node_modules");
    const out = join(modules, "roomline");
    run("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", dist]);
    mkdirSync(join(dist, "server/web/built"), { recursive: true });
    // The bundle has tests of its own.
    run("cp", ["package.json", join(dist, "server/web/built/roomline.js")]);
    run("node", ["--import", "tsx", "scripts/build-browser-package.ts", dist, out]);
    const { dependencies } = JSON.parse(readFileSync(join(out, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    assert.deepEqual(Object.keys(dependencies), [
      ...["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-web"],
      ...["@standard-schema/spec", "nanoid"],
    ]);
    assert.ok(!existsSync(join(out, "server/index.js")));
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    symlinkSync(join(root, "node_modules/react"), join(modules, "react"));
    const program =
      'import { connect } from "roomline/client"; import { defineContract } from "roomline/contract";' +
      'import { createClientStore } from "roomline/store"; import { useRoom } from "roomline/react";' +
      "console.log(typeof connect, typeof defineContract, typeof createClientStore, typeof useRoom)";
    const printed = run("node", ["--input-type=module", "-e", program], join(folder, "page"));
    assert.equal(printed.trim(), "function function function function");
  });
});
