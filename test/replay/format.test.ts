import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  BeginningSchema,
  HappeningsSchema,
  Part,
} from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { HappeningWriter } from "../../server/recording/happening-writer.ts";
import { frameBlock, recordingMagic } from "../../shared/recording/blocks.ts";
import { crc32 } from "../../shared/recording/crc32.ts";
import { momentOf } from "../../shared/recording/moment.ts";
import { openRecording } from "../../shared/recording/recording.ts";
import { createTestServer, replayTest } from "../../testing/index.ts";
import { createDiceRoom, dice } from "./dice-room.ts";

async function recordTable(ticks = 60): Promise<Uint8Array> {
  const server = createTestServer({ rooms: { dice: createDiceRoom() } });
  const ann = await server.connect("ann");
  const session = await ann.join(dice, { roomType: "dice", roomId: "table" });
  for (let n = 0; n < ticks; n++) {
    void session.send("roll", { sides: 6 });
    await server.advance(50);
  }
  const bytes = await server.recording("table");
  server.stop();
  return bytes;
}

describe("the file of a recording", () => {
  it("RP-4: cut anywhere, it is read up to the last whole block, or refused by name", async () => {
    const bytes = await recordTable();
    const whole = openRecording(bytes);
    assert.equal(whole.fault, undefined);
    const lasts = new Set<number>();
    for (let length = 0; length < bytes.length; length += 7) {
      const cut = bytes.subarray(0, length);
      let opened: ReturnType<typeof openRecording>;
      try {
        opened = openRecording(cut);
      } catch (error) {
        assert.match(String(error), /no recording|cannot be used/, `${length} bytes`);
        continue;
      }
      assert.ok(opened.blocks.length <= whole.blocks.length);
      if (opened.fault !== undefined) assert.equal(opened.fault.kind, "cut");
      const { tick } = momentOf(opened, { tick: Infinity });
      assert.ok(tick <= whole.lastTick);
      lasts.add(tick);
    }
    assert.ok(lasts.size > 2, "it ends at several places");
  });

  it("RP-4: what is left of a cut one is run again", async () => {
    const bytes = await recordTable();
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.8));
    const { ticks } = await replayTest(cut, createDiceRoom());
    assert.ok(ticks > 20, `${ticks} ticks`);
  });

  it("RP-4: a bit changed anywhere is found, and nothing behind it is read", async () => {
    const bytes = await recordTable(20);
    const { blocks } = openRecording(bytes);
    for (let at = 0; at < bytes.length; at += 31) {
      const changed = new Uint8Array(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      try {
        const opened = openRecording(changed);
        assert.ok(opened.fault !== undefined, `byte ${at} was changed, and nothing was said`);
        assert.ok(opened.blocks.length < blocks.length);
      } catch (error) {
        assert.match(String(error), /invalid-recording|no recording|cannot be used/);
      }
    }
    const damaged = new Uint8Array(bytes);
    damaged[bytes.length - 3] = (damaged[bytes.length - 3] ?? 0) ^ 1;
    assert.match(
      openRecording(damaged).fault?.message ?? "",
      /damaged: the checksum .* at byte \d+/,
    );
    await assert.rejects(replayTest(damaged, createDiceRoom()), /damaged/);
  });

  it("RP-4: what is none is refused by one line that says what to do", () => {
    const body = toBinary(BeginningSchema, create(BeginningSchema, { version: 2 }));
    const newer = Buffer.concat([recordingMagic, frameBlock({ part: Part.BEGINNING, body })]);
    for (const [bytes, message] of [
      [new Uint8Array(0), /it is empty/],
      [new TextEncoder().encode("{}"), /does not begin as one\. Make one with roomline record\./],
      [recordingMagic, /it has no beginning/],
      [newer, /it has version 2, and this Roomline reads version 1\. Open it with a newer one\./],
    ] as const) {
      assert.throws(() => openRecording(new Uint8Array(bytes)), {
        code: "invalid-recording",
        message,
      });
    }
  });

  it("a checksum is that of zlib", () => {
    const bytes = Uint8Array.from({ length: 999 }, (_, at) => (at * 7) & 0xff);
    if (typeof zlibCrc32 === "function") assert.equal(crc32(bytes), zlibCrc32(bytes));
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  });

  it("what is written by hand is read by the generated code", () => {
    const writer = new HappeningWriter();
    const when = { afterUs: 70_000, settled: true, nested: false };
    const bytes = new Uint8Array([1, 2, 3, 4]);
    writer.input(when, 3, {
      seq: 4_000_000_000,
      kind: 2,
      bytes,
      start: 1,
      end: 3,
      wantsReply: true,
    });
    writer.tick({ ...when, settled: false, nested: true });
    writer.timer(when, 9);
    writer.rare(when, { case: "drop", value: 7 });
    const body = new Uint8Array([9]);
    writer.commit(when, {
      commit: {
        ...{ first: 0, stateTick: 5, acks: [3, 300], answers: [], patch: undefined },
        entries: [
          { cursor: 8, body, audience: undefined, afterTick: 5 },
          {
            cursor: 9,
            body,
            audience: { players: new Set(["ann"]), mode: "except" },
            afterTick: 0,
          },
        ],
        ephemerals: [{ body, audience: undefined }],
      },
      patch: { baseTick: 4, tick: 5, body },
      hidden: undefined,
    });
    const { happenings } = fromBinary(HappeningsSchema, writer.take());
    const [input, tick, timer, drop, commit] = happenings;
    assert.deepEqual([input?.afterUs, input?.settled, input?.nested], [70_000n, true, false]);
    assert.ok(input?.what.case === "input");
    assert.deepEqual([...input.what.value.payload], [2, 3]);
    assert.equal(input.what.value.seq, 4_000_000_000n);
    assert.ok(input.what.value.wantsReply && tick?.nested === true);
    assert.deepEqual(
      [tick.what.case, timer?.what, drop?.what],
      ["tick", { case: "timer", value: 9 }, { case: "drop", value: 7 }],
    );
    assert.ok(commit?.what.case === "commit");
    const { entries, ephemerals, patch, acks } = commit.what.value;
    assert.deepEqual(
      entries.map(({ cursor, afterTick }) => [cursor, afterTick]),
      [
        [8n, 5n],
        [9n, 0n],
      ],
    );
    assert.deepEqual(
      [entries[1]?.audience?.players, entries[1]?.audience?.except],
      [["ann"], true],
    );
    assert.deepEqual([ephemerals.length, patch?.baseTick, patch?.tick], [1, 4n, 5n]);
    assert.deepEqual(acks, [3n, 300n]);
    assert.equal(happenings.length, 5);
  });
});
