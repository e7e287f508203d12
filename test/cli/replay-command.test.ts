import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "roomline/client";
import { createServer, type Server } from "roomline/server";
import { createDiceRoom, dice } from "../replay/dice-room.ts";
import { runRoomline } from "./spawn-roomline.ts";

describe("roomline record and roomline replay", { concurrency: 2 }, () => {
  let server: Server;
  const folder = mkdtempSync(join(tmpdir(), "roomline-replay-"));
  const file = join(folder, "table.rlrec");
  const operator = { ROOMLINE_TOKEN: "operator-secret" };
  before(async () => {
    server = await createServer({
      ...{ host: "127.0.0.1", port: 0, recordDir: join(folder, "recordings") },
      rooms: { dice: createDiceRoom(), unrecorded: createDiceRoom({ record: false }) },
      adminTokens: [
        { name: "reader", token: "reader-secret", role: "read" },
        { name: "operator", token: "operator-secret", role: "operate" },
      ],
    });
    await server.createRoom("unrecorded", { roomId: "unrecorded" });
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(dice, { roomType: "dice", roomId: "table" });
    for (let n = 0; n < 10; n++) await session.send("roll", { sides: 6 });
    await client.close();
    const url = ["--url", server.address];
    const done = await runRoomline(["record", "table", file, ...url], operator);
    assert.deepEqual([done.code, done.stderr], [0, ""]);
    assert.match(
      done.stdout,
      /table\.rlrec: [\d.]+ s of room table \(dice\), up to tick \d+, \d+ bytes\n$/,
    );
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("RP-6: record is for operators of the role operate, of rooms that are recorded, into new files", async () => {
    const url = ["--url", server.address];
    const other = join(folder, "other.rlrec");
    const outcomes = await Promise.all([
      runRoomline(["record", "table", file, ...url], operator),
      runRoomline(["record", "table", other, ...url], { ROOMLINE_TOKEN: "reader-secret" }),
      runRoomline(["record", "unrecorded", other, ...url], operator),
      runRoomline(["record", "table", other, "--url", "127.0.0.1:1"], operator),
    ]);
    const lines = [
      /^roomline: ".*table\.rlrec" is there already: take another name, or remove it\.\n$/,
      /^roomline: A recording is for operators who may act: give the token of one of the role operate in ROOMLINE_TOKEN .*\n$/,
      /^roomline: There is no recording of a room "unrecorded" here: its type has to have `record: true`.*\n$/,
      /^roomline: No server answers at 127\.0\.0\.1:1 .*\n$/,
    ];
    for (const [at, { code, stderr }] of outcomes.entries()) {
      assert.equal(code, 1);
      assert.match(stderr, lines[at] ?? /no line/);
    }
  });

  test("replay: a timeline, a moment, and a verdict", async () => {
    const rooms = "test/replay/dice-rooms.ts";
    const [timeline, moment, verdict, ofFolder] = await Promise.all([
      runRoomline(["replay", file]),
      runRoomline(["replay", file, "--at", "3", "--json"]),
      runRoomline(["replay", "--verify", file, rooms]),
      runRoomline([
        "replay",
        join(folder, "recordings", ...readdirSync(join(folder, "recordings"))),
      ]),
    ]);
    assert.match(
      timeline.stdout,
      /^room table \(dice\), from .*\nTIME +TICKS +INPUTS .*\n0:00\.0 .*ann came/s,
    );
    assert.equal((JSON.parse(moment.stdout) as { tick: number }).tick, 3);
    assert.match(verdict.stdout, /10 inputs, .*\nthe same, sha256 [0-9a-f]{64}\n$/s);
    assert.deepEqual([timeline.code, moment.code, verdict.code, ofFolder.code], [0, 0, 0, 0]);
    assert.match(ofFolder.stdout, /^room table \(dice\)/);
  });

  test("replay: what cannot be read, and what makes no sense, in one line each", async () => {
    const foreign = join(folder, "foreign.rlrec");
    writeFileSync(foreign, "{}");
    const outcomes = await Promise.all([
      runRoomline(["replay", foreign]),
      runRoomline(["replay", join(folder, "nope.rlrec")]),
      runRoomline(["replay", file, "--at", "soon"]),
      runRoomline(["replay", "--verify", file]),
      runRoomline(["replay", "--verify", file, "test/replay/no-rooms.ts"]),
    ]);
    const expected = [
      [1, /^roomline: This is no recording of a room: .*\n$/],
      [1, /^roomline: Cannot read ".*nope\.rlrec": .*\n$/],
      [2, /^roomline: --at is "soon"; it has to be a tick such as 1200, or a time .*\n$/],
      [2, /^roomline: --verify runs the code of the room: give the module .*\n$/],
      [2, /^roomline: There is no module "test\/replay\/no-rooms\.ts" .*\n$/],
    ] as const;
    for (const [at, [code, line]] of expected.entries()) {
      assert.match(String(outcomes[at]?.stderr), line);
      assert.equal(outcomes[at]?.code, code);
    }
  });
});
