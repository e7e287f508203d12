import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { assemble } from "../../create-roomline/src/assemble.ts";
import {
  defaultChoices,
  layouts,
  presets,
  uis,
  type Choices,
  type Layout,
  type Preset,
  type Ui,
} from "../../create-roomline/src/choices.ts";
import { mergeJson } from "../../create-roomline/src/merge-json.ts";

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifestIn = (text: string | undefined) => JSON.parse(text ?? "{}") as Manifest;
const assembled = (choices: Partial<Choices>) =>
  assemble({ ...defaultChoices, ...choices, name: "my-game", roomline: "^0.1.0" });
const all = (Object.keys(presets) as Preset[]).flatMap((preset) =>
  (Object.keys(layouts) as Layout[]).flatMap((layout) =>
    (Object.keys(uis) as Ui[]).flatMap((ui) =>
      [false, true].map((extras) => ({ preset, layout, ui, jwt: extras, deploy: extras })),
    ),
  ),
);

const onlyPlain = new Set(["page/main.ts", "page/connection.ts", "page/element.ts"]);
const sheetsOf = (preset: Preset) =>
  [...assembled({ preset }).keys()].filter((name) => name.endsWith(".css"));

describe("npm create roomline: projects are put together from parts", () => {
  for (const choices of all) {
    const { preset, layout, ui, jwt } = choices;
    it(`${preset}, ${layout}, ${ui}${jwt ? ", with all options" : ""}: has all that it should, and all that it names`, () => {
      const files = assembled(choices);
      for (const name of [
        "contract.ts",
        "room.ts",
        "bot.ts",
        "room.test.ts",
        "load.ts",
        "server.ts",
      ])
        assert.ok(files.has(name), name);
      for (const name of ["page/index.html", "page/me.ts", "README.md", ".gitignore"])
        assert.ok(files.has(name), name);
      assert.equal(files.has("page/main.ts"), ui === "plain");
      assert.equal(files.has("page/element.ts"), ui === "plain");
      for (const name of ["page/main.tsx", "page/app.tsx", "page/header.tsx"])
        assert.equal(files.has(name), ui === "react", name);
      assert.ok(![...files.keys()].some((name) => /part\.json|(^|\/)_/.test(name)));

      const { scripts } = manifestIn(files.get("package.json"));
      assert.deepEqual(Object.keys(scripts).sort(), [
        "bot",
        "build",
        "check",
        "load",
        "serve",
        "start",
        "test",
      ]);
      const named = Object.values(scripts).flatMap(
        (command) => command.match(/[\w.]+\.ts\b/g) ?? [],
      );
      const page = files.get("README.md") ?? "";
      const told = [...page.matchAll(/`([\w./]+\.tsx?|Dockerfile|compose\.yaml|game\.service)`/g)];
      for (const name of [...named, ...told.map(([, name = ""]) => name)])
        assert.ok(files.has(name), `${name} is named, and not there`);
      for (const [, command = ""] of page.matchAll(/`npm (?:run )?([a-z]+)/g))
        assert.ok(command in scripts, `npm run ${command} is named, and not there`);
      // One screen.
      assert.ok(page.split("\n").length <= 45, `README has ${page.split("\n").length} lines`);
    });
  }

  it("what they import, they depend on", () => {
    for (const choices of all) {
      const files = assembled(choices);
      const { dependencies, devDependencies } = manifestIn(files.get("package.json"));
      for (const [name, text] of files) {
        if (!/\.tsx?$/.test(name)) continue;
        for (const [, from = ""] of text.matchAll(/ from "([^"]+)"/g)) {
          if (from.startsWith("node:")) continue;
          const [, first = ""] = /^((?:@[^/]+\/)?[^/]+)/.exec(from) ?? [];
          if (!from.startsWith("."))
            assert.ok(first in { ...dependencies, ...devDependencies }, `${name}: ${from}`);
          else
            assert.ok(
              files.has(new URL(from, `file:///${name}`).pathname.slice(1)),
              `${name}: ${from}`,
            );
        }
      }
    }
  });

  it("what they depend on is what is tested here", () => {
    const own = manifestIn(readFileSync("package.json", "utf8"));
    const tested = { ...own.dependencies, ...own.devDependencies };
    for (const choices of all) {
      const manifest = manifestIn(assembled(choices).get("package.json"));
      for (const [name, version] of Object.entries({
        ...manifest.dependencies,
        ...manifest.devDependencies,
      }))
        assert.equal(version, name === "roomline" ? `^${own.version}` : tested[name], name);
    }
  });

  it("the page of one that Vite serves names the source, that of the other what is built", () => {
    for (const [choices, program] of [
      [{ layout: "vite", ui: "plain" }, "main.ts"],
      [{ layout: "vite", ui: "react" }, "main.tsx"],
      [{ layout: "server", ui: "plain" }, "main.js"],
      [{ layout: "server", ui: "react" }, "main.js"],
    ] as const)
      assert.ok(assembled(choices).get("page/index.html")?.includes(`src="/${program}"`), program);
  });

  it("a React page has the head of the plain one, and nothing else of it", () => {
    for (const preset of Object.keys(presets) as Preset[]) {
      const [plain = "", react = ""] = (["plain", "react"] as const).map((ui) =>
        assembled({ preset, ui }).get("page/index.html"),
      );
      const headOf = (page: string) => page.slice(0, page.indexOf("<body>"));
      assert.equal(headOf(react), headOf(plain));
      const body = react.slice(react.indexOf("<body>")).replaceAll(/\s/g, "");
      assert.equal(body, '<body><divid="root"></div></body></html>');
      // What both show is looked after by the same rules.
      const names = (text: string, attribute: string) =>
        [...text.matchAll(new RegExp(`\\b${attribute}="([\\w -]+)"`, "g"))].flatMap(
          ([, value = ""]) => value.split(" "),
        );
      const components = [...assembled({ preset, ui: "react" })]
        .filter(([name]) => name.endsWith(".tsx"))
        .map(([, text]) => text)
        .join("");
      const styles = ["page/style.css", ...sheetsOf(preset)]
        .map((name) => assembled({ preset }).get(name))
        .join("");
      for (const id of names(components, "id").filter((name) => name !== "root"))
        assert.ok(plain.includes(`id="${id}"`), `${preset}: #${id} is not in the plain page`);
      for (const name of names(components, "className"))
        assert.ok(new RegExp(`\\.${name}\\b`).test(styles), `${preset}: nothing is .${name}`);
    }
  });

  it("layouts, pages and options change nothing of a game: its room and what is not drawn are the same files", () => {
    for (const preset of Object.keys(presets) as Preset[]) {
      const [one, other] = [
        assembled({ preset }),
        assembled({ preset, layout: "vite", ui: "react", jwt: true, deploy: true }),
      ];
      for (const name of ["contract.ts", "room.ts", "room.test.ts", "bot.ts", "page/me.ts"])
        assert.equal(one.get(name), other.get(name), name);
      const shared = [...one.keys()].filter(
        (name) => /^page\/.*\.(ts|css)$/.test(name) && !onlyPlain.has(name),
      );
      for (const name of shared) assert.equal(one.get(name), other.get(name), name);
    }
  });

  it("the package is of the version of Roomline, which its projects depend on", () => {
    const version = (path: string) => manifestIn(readFileSync(path, "utf8")).version;
    assert.equal(version("create-roomline/package.json"), version("package.json"));
  });
});

describe("merging JSON", () => {
  it("goes into objects, and of anything else takes the later one", () => {
    assert.deepEqual(
      mergeJson({ a: { b: 1, c: [1] }, d: "x", e: null }, { a: { b: 2, c: [2] }, e: { f: true } }),
      { a: { b: 2, c: [2] }, d: "x", e: { f: true } },
    );
  });
});
