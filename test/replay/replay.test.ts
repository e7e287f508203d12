import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineRoom } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { momentOf } from "../../shared/recording/moment.ts";
import { openRecording } from "../../shared/recording/recording.ts";
import { timelineOf } from "../../shared/recording/timeline.ts";
import { createTestServer, replayTest } from "../../testing/index.ts";
import { createDiceRoom, dice } from "./dice-room.ts";

type Table = ReturnType<typeof createDiceRoom>;

/** A table at which ann rolls for so many ticks. */
async function recordTable(room: Table, ticks: number): Promise<Uint8Array> {
  const server = createTestServer({ rooms: { dice: room } });
  const ann = await server.connect("ann");
  const session = await ann.join(dice, { roomType: "dice", roomId: "table" });
  for (let n = 0; n < ticks; n++) {
    if (n % 20 === 0) void session.send("roll", { sides: 6 });
    await server.advance(50);
  }
  const bytes = await server.recording("table");
  server.stop();
  return bytes;
}

describe("a room that is run again", () => {
  it("RP-2: one that cannot be repeated is named with tick, table, row, field and line", async () => {
    const room = createDiceRoom({
      quirk: (tick) => (tick === 60 ? 1 + Math.floor(Math.random() * 1e9) : 0),
    });
    const bytes = await recordTable(room, 100);
    await assert.rejects(replayTest(bytes, room), {
      code: "replay-differs",
      message:
        /^Room "table" does something else than in its recording: tick 60, 3\.000 s after the beginning: scores\["ann"\]\.points is \d+, and it was \d+\. Math\.random at .*replay\.test\.ts:\d+:\d+: use room\.random\(\)\.$/,
    });
  });

  it("RP-2: calls that cannot be repeated are found though they make no difference here", async () => {
    const room = createDiceRoom({
      quirk() {
        void Date.now();
        new Date();
        new Date(0);
        void performance.now();
        void crypto.randomUUID();
        return 0;
      },
    });
    const { calls, ticks } = await replayTest(await recordTable(room, 10), room);
    assert.deepEqual(
      calls.map(({ name }) => name),
      ["Date.now", "new Date()", "performance.now", "crypto.randomUUID"],
    );
    assert.ok(calls.every(({ times, at }) => times >= ticks - 1 && at.includes("replay.test.ts:")));
    assert.ok(!/watched/.test(String(Date.now)), "they are as they were afterwards");
  });

  it("RP-2: other code is told from the code of then", async () => {
    const bytes = await recordTable(createDiceRoom(), 60);
    const newer = createDiceRoom({ quirk: () => 1 });
    await assert.rejects(replayTest(bytes, newer), /tick 10, .*scores\["ann"\]\.points is \d+/);
    const another = defineRoom(defineContract({ state: { rows: json() } }), {});
    await assert.rejects(replayTest(bytes, another), { code: "contract-mismatch" });
  });

  it("a room whose create waits is run again, and one that is only looked at says why", async () => {
    const contract = defineContract({ state: { rows: json<{ at: number }>() } });
    const room = defineRoom(contract, {
      record: { bytesMax: 65_536, ageMsMax: 4_000 },
      tickRateHz: 20,
      async create(room) {
        await Promise.resolve();
        room.state.rows.set("made", { at: room.nowMs() });
        room.every(70, () => void room.state.rows.set("every", { at: room.nowMs() }));
        return undefined;
      },
    });
    const server = createTestServer({ rooms: { room } });
    const ann = await server.connect("ann");
    await ann.join(contract, { roomType: "room", roomId: "room" });
    await server.advance(1_000);
    const begun = await server.recording("room");
    assert.equal((await replayTest(begun, room)).difference, undefined);
    await server.advance(9_000);
    const later = await server.recording("room");
    server.stop();
    await assert.rejects(replayTest(later, room), /its beginning was dropped.*is not portable/);
    const moment = momentOf(openRecording(later), { tick: Infinity });
    assert.deepEqual(
      moment.tables[0]?.rows.map(({ key }) => key),
      ["made", "every"],
    );
  });

  it("a server without a recording of a room says what it takes", async () => {
    const server = createTestServer({ rooms: { dice: createDiceRoom({ record: false }) } });
    const ann = await server.connect("ann");
    await ann.join(dice, { roomType: "dice", roomId: "table" });
    await assert.rejects(server.recording("table"), /`record: true`/);
    server.stop();
  });
});

describe("a look back", () => {
  it("RP-5: at any tick costs what lies behind the keyframe before it, and is right", async () => {
    const seen = new Map<number, number>();
    const room = createDiceRoom({
      onTick: ({ tick, state }) => void seen.set(tick, state.scores.get("ann")?.points ?? 0),
    });
    const server = createTestServer({ rooms: { dice: room } });
    const ann = await server.connect("ann");
    const session = await ann.join(dice, { roomType: "dice", roomId: "table" });
    for (let n = 0; n < 700; n++) {
      if (n % 3 === 0) void session.send("roll", { sides: 6 });
      await server.advance(50);
    }
    const recording = openRecording(await server.recording("table"));
    server.stop();
    let right = 0;
    for (let tick = 1; tick <= recording.lastTick; tick += 13) {
      const moment = momentOf(recording, { tick });
      assert.equal(moment.tick, tick);
      // Ten seconds: some twenty blocks, and of 20 ticks and as many turns, commits and inputs.
      assert.ok(moment.looked.blocks <= 24, `tick ${tick}: ${moment.looked.blocks} blocks`);
      assert.ok(moment.looked.happenings < 1_000, `${moment.looked.happenings} happenings`);
      const points = seen.get(tick);
      if (points === undefined) continue;
      const [ann] = moment.tables[0]?.rows ?? [];
      if (ann === undefined) continue;
      assert.equal((ann.value as { points: number }).points, points, `tick ${tick}`);
      right++;
    }
    assert.ok(right > 20, `${right} ticks were compared`);
  });

  it("tells who was late, came and went", async () => {
    const server = createTestServer({ rooms: { dice: createDiceRoom() } });
    const ann = await server.connect("ann");
    const bob = await server.connect("bob");
    const session = await ann.join(dice, { roomType: "dice", roomId: "table" });
    await bob.join(dice, { roomType: "dice", roomId: "table" });
    for (let n = 0; n < 40; n++) {
      if (n === 20) await server.advance(600);
      if (n === 20) for (let k = 0; k < 4; k++) void session.send("roll", { sides: 6 });
      void session.send("roll", { sides: 6 });
      await server.advance(50);
    }
    bob.cut(800);
    await server.advance(2_000);
    const recording = openRecording(await server.recording("table"));
    server.stop();
    const notes = timelineOf(recording, 1e9).flatMap((row) => row.notes);
    const late = notes.filter(({ kind }) => kind === "late").map(({ text }) => text);
    assert.match(late[0] ?? "", /inputs of ann were late: none for 6\d\d ms, then several at once/);
    assert.ok(late.every((text) => !text.includes("bob")));
    assert.deepEqual(
      notes.filter(({ playerId }) => playerId === "bob").map(({ kind }) => kind),
      ["came", "away", "back"],
    );
  });
});
