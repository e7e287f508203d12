// What counts as a save, and what is said of code that cannot be loaded.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failureOf, failureText } from "../../cli/dev/failure.ts";
import { SavedFiles } from "../../cli/dev/saved-files.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

/** Files that a test writes, and who watches them. */
function createFiles(contents: Readonly<Record<string, string>>) {
  const clock = createVirtualClock();
  const texts = new Map(Object.entries(contents));
  const writtenMs = new Map<string, number>();
  const watched = new Map<string, (name: string) => void>();
  const saves: (readonly string[])[] = [];
  const files = new SavedFiles({
    clock,
    files: {
      read: (path) => texts.get(path),
      writtenMs: (path) => writtenMs.get(path),
      watch(folder, onChange) {
        watched.set(folder, onChange);
        return () => void watched.delete(folder);
      },
    },
    onSaved: (paths) => saves.push(paths),
  });
  const touch = (path: string): void => {
    const at = path.lastIndexOf("/");
    watched.get(path.slice(0, at))?.(path.slice(at + 1));
  };
  const write = (path: string, text: string | undefined): void => {
    if (text === undefined) texts.delete(path);
    else texts.set(path, text);
    touch(path);
  };
  return { clock, files, saves, write, touch, watched, writtenMs };
}

describe("a save", () => {
  it("is told once, a moment after the file is left alone: an editor that empties it first has saved once", () => {
    const { clock, files, saves, write } = createFiles({ "/p/rooms.ts": "one" });
    files.add(["/p/rooms.ts"], 0);
    write("/p/rooms.ts", "");
    clock.advance(10);
    write("/p/rooms.ts", "tw");
    clock.advance(10);
    write("/p/rooms.ts", "two");
    clock.advance(19);
    assert.deepEqual(saves, []);
    clock.advance(1);
    assert.deepEqual(saves, [["/p/rooms.ts"]]);
    files.stop();
  });

  it("while the file is being loaded for the first time is not missed", () => {
    const { clock, files, saves, writtenMs } = createFiles({
      "/p/rooms.ts": "one",
      "/p/b.ts": "b",
    });
    writtenMs.set("/p/rooms.ts", 1_000).set("/p/b.ts", 999);
    files.add(["/p/rooms.ts", "/p/b.ts", "/p/missing.ts"], 999);
    assert.deepEqual(saves, []);
    clock.advance(20);
    assert.deepEqual(saves, [["/p/rooms.ts"]]);
    files.add(["/p/rooms.ts"], 999);
    clock.advance(1_000);
    assert.equal(saves.length, 1, "it is known by now");
    files.stop();
  });

  it("of a file that is as it was is none", () => {
    const { clock, files, saves, write, touch } = createFiles({ "/p/rooms.ts": "one" });
    files.add(["/p/rooms.ts"], 0);
    touch("/p/rooms.ts");
    clock.advance(1_000);
    write("/p/rooms.ts", "two");
    write("/p/rooms.ts", "one");
    clock.advance(1_000);
    assert.deepEqual(saves, []);
    files.stop();
  });

  it("of a file that is renamed away is waited for: it comes back under its name, or is gone", () => {
    const { clock, files, saves, write } = createFiles({ "/p/rooms.ts": "one" });
    files.add(["/p/rooms.ts"], 0);
    write("/p/rooms.ts", undefined);
    clock.advance(100);
    assert.deepEqual(saves, []);
    write("/p/rooms.ts", "two");
    clock.advance(30);
    assert.deepEqual(saves, [["/p/rooms.ts"]]);
    write("/p/rooms.ts", undefined);
    clock.advance(300);
    assert.equal(saves.length, 2, "it does not come back");
    files.stop();
  });

  it("is one of the files that were loaded, or were looked for in vain, and of no other", () => {
    const { clock, files, saves, write, watched } = createFiles({ "/p/rooms.ts": "one" });
    files.add(["/p/rooms.ts", "/p/lib/missing.ts"], 0);
    files.add(["/p/rooms.ts"], 0);
    write("/p/notes.md", "nothing");
    clock.advance(100);
    assert.deepEqual(saves, []);
    write("/p/lib/missing.ts", "there");
    clock.advance(100);
    assert.deepEqual(saves, [["/p/lib/missing.ts"]]);
    files.stop();
    assert.equal(watched.size, 0);
    assert.equal(clock.pendingTimers, 0);
  });

  it("of several files at once is one", () => {
    const { clock, files, saves, write } = createFiles({ "/p/a.ts": "1", "/p/b.ts": "1" });
    files.add(["/p/a.ts", "/p/b.ts"], 0);
    write("/p/a.ts", "2");
    write("/p/b.ts", "2");
    clock.advance(100);
    assert.deepEqual(saves, [["/p/a.ts", "/p/b.ts"]]);
    files.stop();
  });
});

function thrownWith(message: string, stack: string, type: ErrorConstructor = Error): Error {
  const error = new type(message);
  error.stack = stack;
  return error;
}

describe("code that cannot be loaded", () => {
  const isUsers = (path: string): boolean => !path.includes("/node_modules/");
  const world = { cwd: "/p", isUsers, loaded: [] };
  const transform =
    'Transform failed with 1 error:\n/p/lib/a.ts:12:3: ERROR: Expected ";" but found "x"';
  const cases: readonly (readonly [what: string, thrown: unknown, text: string])[] = [
    [
      "TypeScript that esbuild does not read",
      thrownWith(
        transform,
        `Error: ${transform}\n    at failureErrorWithLog (/p/node_modules/esbuild/lib/main.js:1:1)`,
      ),
      'lib/a.ts:12: Expected ";" but found "x"',
    ],
    [
      "JavaScript that V8 does not read",
      thrownWith(
        "Unexpected token ')'",
        "file:///p/rooms.js:8\n  create: ) =>\n          ^\n\nSyntaxError: Unexpected token ')'\n    at internal",
        SyntaxError,
      ),
      "rooms.js:8: SyntaxError: Unexpected token ')'",
    ],
    [
      "a file that is not there",
      thrownWith("Cannot find module '/p/lib/b.js' imported from /p/rooms.js", "Error: …"),
      'rooms.js: it imports "lib/b.js", which is not there',
    ],
    [
      "a package that is not there",
      thrownWith("Cannot find package 'zod' imported from /p/rooms.js", "Error: …"),
      'rooms.js: it imports "zod", which is not there',
    ],
    [
      "code that throws, below a package",
      thrownWith(
        "tickRateHz is -1",
        "Error: tickRateHz is -1\n    at defineRoom (file:///p/node_modules/roomline/dist/a.js:5:7)\n    at file:///p/rooms.js:21:9",
      ),
      "rooms.js:21: tickRateHz is -1",
    ],
    ["what is no error", "no", "no"],
  ];
  for (const [what, thrown, text] of cases) {
    it(`is told with its place: ${what}`, () => {
      assert.equal(failureText(failureOf(thrown, world), undefined), text);
    });
  }

  it("is told with the line", () => {
    const failure = { file: "rooms.js", line: 2, reason: "Why." };
    assert.equal(failureText(failure, "one\n  two;\n"), "rooms.js:2: Why.\n    2 | two;");
  });
});
