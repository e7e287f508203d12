import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { assemble } from "../../create-roomline/src/assemble.ts";
import {
  defaultChoices,
  layouts,
  presets,
  type Choices,
  type Layout,
  type Preset,
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
    [false, true].map((extras) => ({ preset, layout, jwt: extras, deploy: extras })),
  ),
);

describe("npm create roomline: projects are put together from parts", () => {
  for (const choices of all) {
    const { preset, layout, jwt } = choices;
    it(`${preset}, ${layout}${jwt ? ", with all options" : ""}: has all that it should, and all that it names`, () => {
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
      for (const name of ["page/index.html", "page/main.ts", "README.md", ".gitignore"])
        assert.ok(files.has(name), name);
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
      const told = [...page.matchAll(/`([\w./]+\.ts|Dockerfile|compose\.yaml|game\.service)`/g)];
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
        if (!name.endsWith(".ts")) continue;
        for (const [, from = ""] of text.matchAll(/ from "([^"]+)"/g)) {
          if (from.startsWith("node:")) continue;
          const [first = ""] = from.split("/");
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
    const [everything] = all.filter(({ jwt }) => jwt).map((choices) => assembled(choices));
    const manifest = manifestIn(everything?.get("package.json"));
    for (const [name, version] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    }))
      assert.equal(version, name === "roomline" ? `^${own.version}` : tested[name], name);
  });

  it("the page of one that Vite serves names the source, that of the other what is built", () => {
    assert.match(assembled({ layout: "vite" }).get("page/index.html") ?? "", /src="\/main\.ts"/);
    assert.match(assembled({ layout: "server" }).get("page/index.html") ?? "", /src="\/main\.js"/);
  });

  it("layouts and options change nothing of a game: its room and its page are the same files", () => {
    for (const preset of Object.keys(presets) as Preset[]) {
      const [one, other] = [
        assembled({ preset }),
        assembled({ preset, layout: "vite", jwt: true, deploy: true }),
      ];
      for (const name of ["contract.ts", "room.ts", "room.test.ts", "bot.ts", "page/main.ts"])
        assert.equal(one.get(name), other.get(name), name);
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
