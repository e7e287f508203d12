import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRoomModule, roomsOf } from "../../cli/serve/room-module.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { childProgram } from "../child-program.ts";

const accepted: readonly [what: string, exported: Record<string, unknown>, names: string[]][] = [
  ["a record called rooms", { rooms: { a: chatRoom, b: arenaRoom }, other: 1 }, ["a", "b"]],
  ["a default export", { default: { lobby: chatRoom } }, ["lobby"]],
  [
    "rooms by name, beside other things",
    { lobby: chatRoom, game: arenaRoom, size: 5 },
    ["lobby", "game"],
  ],
];

for (const [what, exported, names] of accepted) {
  test(`a module may export ${what}`, () => {
    const checked = roomsOf("m.js", exported);
    assert.ok(checked.ok);
    assert.deepEqual(Object.keys(checked.value.rooms), names);
    assert.equal(checked.value.authenticate, undefined);
  });
}

test("authenticate is taken along", () => {
  const authenticate = () => ({ clientId: "ann" });
  const checked = roomsOf("m.js", { rooms: { a: chatRoom }, authenticate });
  assert.ok(checked.ok && checked.value.authenticate === authenticate);
});

const refused: readonly [what: string, exported: Record<string, unknown>, line: RegExp][] = [
  ["nothing", {}, /"m.js" exports no rooms/],
  ["an empty record", { rooms: {} }, /exports no rooms/],
  ["only other things", { default: { name: "m" } }, /exports no rooms/],
  ["a room that is none", { rooms: { a: chatRoom, b: {}, c: 1 } }, /not all are made .*: b, c\.$/],
  [
    "authenticate that is no function",
    { a: chatRoom, authenticate: "ann" },
    /has to be a function/,
  ],
];

for (const [what, exported, line] of refused) {
  test(`one line for a module that exports ${what}`, () => {
    const checked = roomsOf("m.js", exported);
    assert.ok(!checked.ok);
    assert.equal(checked.mistakes.length, 1);
    assert.match(checked.mistakes[0] ?? "", line);
  });
}

test("one line for a module that throws, and for one that is not there", async () => {
  const { path } = childProgram("./rooms/throwing", import.meta.url);
  const throwing = await loadRoomModule(path);
  assert.ok(!throwing.ok);
  assert.deepEqual(throwing.mistakes, [`Cannot load the module "${path}": The database is away.`]);
  const missing = await loadRoomModule("nowhere.js");
  assert.ok(!missing.ok);
  assert.match(missing.mistakes[0] ?? "", /^There is no module "nowhere.js" \(looked for /);
  const folder = await loadRoomModule("test");
  assert.ok(!folder.ok);
  assert.match(folder.mistakes[0] ?? "", /is not a file/);
});
