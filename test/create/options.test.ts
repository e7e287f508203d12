import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { readOptions } from "../../create-roomline/src/options.ts";
import { packageManagerOf } from "../../create-roomline/src/package-manager.ts";
import { packageNameMistake } from "../../create-roomline/src/package-name.ts";
import type { Terminal } from "../../create-roomline/src/questions.ts";
import { createProject } from "../../create-roomline/src/program.ts";

/** Runs the program in an empty folder, without a network. */
function createRunner(t: TestContext, { installs = true } = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "create-roomline-"));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  return {
    cwd,
    run: async (args: readonly string[], terminal?: Terminal) => {
      const [out, err, installed]: [string[], string[], string[]] = [[], [], []];
      const code = await createProject(args, {
        cwd,
        version: "1.2.3",
        terminal,
        packageManager: "npm",
        print: (text) => void out.push(text),
        complain: (text) => void err.push(text),
        install: (folder) => Promise.resolve(installed.push(folder) > 0 && installs),
      });
      return { code, out: out.join(""), err: err.join(""), installed };
    },
  };
}

/** One line, and it says what to do. */
function assertLine(text: string, wanted: RegExp): void {
  assert.match(text, wanted);
  assert.match(text, /^create-roomline: [^\n]+\n$/);
}

describe("npm create roomline: what is wrong is one line that says what to do", () => {
  for (const [title, args, wanted] of [
    [
      "a preset",
      ["g", "--preset", "chess"],
      /--preset is "chess": take one of arena, chat, turn-based, stream\./,
    ],
    ["a layout", ["g", "--layout", "next"], /--layout is "next": take one of server, vite\./],
    ["a page", ["g", "--ui", "vue"], /--ui is "vue": take one of plain, react\./],
    ["an option", ["g", "--prset", "chat"], /There is no option --prset: there are --preset, /],
    ["a value that is missing", ["g", "--preset"], /--preset.*argument missing.*See --help/],
    ["a value too many", ["g", "--yes=no"], /--yes.*does not take an argument.*See --help/],
    ["two folders", ["one", "two"], /2 folders \(one, two\): give one.*--/],
    ["no version", ["g", "--roomline", ""], /--roomline is empty: give a version/],
    ["a name", ["My Game"], /"My Game" cannot be the name of a package: .* such as my-game\./],
    [
      "a name that is Roomline's",
      ["roomline"],
      /"roomline" cannot be the name of a package: .* such as my-game\./,
    ],
    ["a name without letters", ["世界"], /cannot be the name of a package: .* such as my-game\./],
    ["nobody to ask", ["my-game"], /Nobody can be asked here: add --yes/],
    [
      "no folder",
      ["--yes"],
      /With --yes the folder has to be said: npm create roomline my-game -- --yes/,
    ],
  ] as const) {
    it(title, async (t) => {
      const { run, cwd } = createRunner(t);
      const { code, err, out } = await run(args);
      assert.equal(code, 2);
      assertLine(err, wanted);
      assert.equal(out, "");
      assert.deepEqual(readdirSync(cwd), []);
    });
  }

  it("a folder that is not empty, and a file, are left as they are", async (t) => {
    const { run, cwd } = createRunner(t);
    mkdirSync(join(cwd, "full"));
    writeFileSync(join(cwd, "full/index.js"), "mine");
    writeFileSync(join(cwd, "file"), "mine");
    const full = await run(["full", "--yes"]);
    assertLine(
      full.err,
      /The folder ".*full" is not empty \(index\.js is in it\): take another name/,
    );
    assertLine((await run(["file", "--yes"])).err, /".*file" is a file: take another name/);
    assert.deepEqual(readdirSync(join(cwd, "full")), ["index.js"]);
    assert.equal(readFileSync(join(cwd, "file"), "utf8"), "mine");
  });

  it("a folder that cannot be written", async (t) => {
    const { run, cwd } = createRunner(t);
    writeFileSync(join(cwd, "file"), "mine");
    const { code, err } = await run(["file/my-game", "--yes"]);
    assert.equal(code, 1);
    assertLine(err, /Cannot write to "file\/my-game": .*\./);
  });

  it("an install that fails says that the files are there", async (t) => {
    const { run, cwd } = createRunner(t, { installs: false });
    const { code, err, out } = await run(["my-game", "--yes"]);
    assert.equal(code, 1);
    assertLine(err, /The files are there, but npm install has failed/);
    assert.match(out, /cd my-game\n {2}npm install\n {2}npm start\n$/);
    assert.ok(readdirSync(join(cwd, "my-game")).includes("package.json"));
  });
});

describe("npm create roomline: what it makes", () => {
  it("a game in a folder, installed, and the next steps", async (t) => {
    const { run, cwd } = createRunner(t);
    const { code, out, err, installed } = await run(["games/my-game", "--yes"]);
    assert.deepEqual([code, err, installed], [0, "", [join(cwd, "games/my-game")]]);
    assert.match(out, /^Made \d+ files in \S+\.\n\nNext:\n {2}cd games\/my-game\n {2}npm start\n$/);
    const manifest = JSON.parse(readFileSync(join(cwd, "games/my-game/package.json"), "utf8")) as {
      readonly name: string;
      readonly dependencies: object;
    };
    assert.equal(manifest.name, "my-game");
    assert.deepEqual(Object.entries(manifest.dependencies)[0], ["roomline", "^1.2.3"]);
  });

  it("one in the folder one is in, which may be a new repository", async (t) => {
    const { run, cwd } = createRunner(t);
    mkdirSync(join(cwd, "here/.git"), { recursive: true });
    const { code, out, installed } = await run(["here", "--yes", "--no-install"]);
    assert.deepEqual([code, installed], [0, []]);
    assert.match(out, /Next:\n {2}cd here\n {2}npm install\n {2}npm start\n$/);
  });

  it("with a Roomline of one's own: a path is said from here, and written from there", async (t) => {
    const { run, cwd } = createRunner(t);
    for (const [folder, given, wanted] of [
      ["one", "./roomline.tgz", "file:../roomline.tgz"],
      ["two", "file:roomline.tgz", "file:../roomline.tgz"],
      ["three", "roomline.tgz", "file:../roomline.tgz"],
      ["four", "next", "next"],
      ["five", "https://example.com/roomline.tgz", "https://example.com/roomline.tgz"],
    ] as const) {
      await run([folder, "--yes", "--no-install", "--roomline", given]);
      const text = readFileSync(join(cwd, folder, "package.json"), "utf8");
      assert.ok(text.includes(`"roomline": "${wanted}"`), `${given}: ${text}`);
    }
  });

  it("--help and --version say something and make nothing", async (t) => {
    const { run, cwd } = createRunner(t);
    const { code, out } = await run(["--help"]);
    assert.equal(code, 0);
    for (const word of [
      "--preset",
      "arena",
      "chat",
      "turn-based",
      "stream",
      "--layout",
      "vite",
      "--ui",
      "react",
    ])
      assert.ok(out.includes(word), word);
    assert.equal((await run(["-V"])).out, "1.2.3\n");
    assert.deepEqual(readdirSync(cwd), []);
  });
});

/** A terminal at which somebody answers each question as it comes. */
function createTypist(answers: readonly (readonly [question: string, keys: string])[]) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const left = [...answers];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const [question = "", keys = ""] = left[0] ?? [];
    if (left.length === 0 || !shown.includes(question)) return;
    left.shift();
    shown = "";
    setImmediate(() => {
      for (const key of keys.split("|")) input.write(key);
    });
  });
  return { terminal: { input, output }, left };
}

describe("npm create roomline: questions", () => {
  const down = "\u001b[B";

  it("what options do not say is asked for, with the usual answer ready", async (t) => {
    const { run, cwd } = createRunner(t);
    const { terminal, left } = createTypist([
      ["Which folder?", "my-board|\r"],
      ["What is it?", `${down}|${down}|\r`],
      ["What is the page made with?", `${down}|\r`],
      ["Do players show a token", "y"],
      ["With files to deploy it?", "\r"],
    ]);
    const { code, err } = await run(["--layout", "vite"], terminal);
    assert.deepEqual([code, err, left], [0, "", []]);
    const made = readdirSync(join(cwd, "my-board"));
    for (const name of ["rules.ts", "vite.config.ts", "login.ts"])
      assert.ok(made.includes(name), name);
    assert.ok(!made.includes("Dockerfile"));
    assert.ok(readdirSync(join(cwd, "my-board/page")).includes("app.tsx"));
  });

  it("who breaks off has made nothing", async (t) => {
    const { run, cwd } = createRunner(t);
    const { terminal } = createTypist([["What is it?", "\u0003"]]);
    assert.equal((await run(["my-game"], terminal)).code, 1);
    assert.deepEqual(readdirSync(cwd), []);
  });
});

describe("npm create roomline: options", () => {
  it("what is not said is left open, to be asked for", () => {
    const read = readOptions(["--jwt", "--no-deploy"]);
    assert.ok(read.ok);
    assert.deepEqual(read.value.choices, {
      preset: undefined,
      layout: undefined,
      ui: undefined,
      jwt: true,
      deploy: false,
    });
    assert.deepEqual([read.value.yes, read.value.install], [false, true]);
  });

  it("packages are installed by what has started this", () => {
    assert.equal(packageManagerOf("pnpm/10.1.0 npm/? node/v24"), "pnpm");
    assert.equal(packageManagerOf("yarn/4.1.0 npm/? node/v24"), "yarn");
    assert.equal(packageManagerOf("bun/1.2.0"), "bun");
    assert.equal(packageManagerOf("npm/11.0.0 node/v24"), "npm");
    assert.equal(packageManagerOf(undefined), "npm");
  });

  it("names of packages", () => {
    for (const name of ["my-game", "a", "game2", "my_game.js"])
      assert.equal(packageNameMistake(name), undefined, name);
    for (const name of ["", ".game", "_game", "Game", "my game", "node_modules", "a".repeat(215)])
      assert.match(packageNameMistake(name) ?? "", /cannot be the name/, name);
  });
});
