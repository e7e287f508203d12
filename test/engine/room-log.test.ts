import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GapReason, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { LogEntry } from "../../server/feed/feed.ts";
import { RoomLog } from "../../server/feed/log.ts";
import { createBench } from "./harness.ts";
import { createEchoRoom, quietInputs } from "./rooms.ts";

const entry = (cursor: number, bytes: number): LogEntry => ({
  cursor,
  body: new Uint8Array(bytes),
  audience: undefined,
  afterTick: 0,
});

describe("room log", () => {
  it("RL-1: cursors count from 1", () => {
    const log = new RoomLog({ entriesMax: 4, bytesMax: 100, ageMsMax: 1_000 });
    assert.deepEqual([log.head, log.first], [0, 1]);
    log.append(entry(1, 10), 0);
    assert.deepEqual([log.head, log.first, log.get(1)?.cursor, log.get(2)], [1, 1, 1, undefined]);
  });

  it("RL-2: the oldest entries go first, by count, by bytes and by age", () => {
    const byCount = new RoomLog({ entriesMax: 2, bytesMax: 100, ageMsMax: 1_000 });
    for (let cursor = 1; cursor <= 5; cursor++) byCount.append(entry(cursor, 1), 0);
    assert.deepEqual([byCount.first, byCount.head, byCount.bytes], [4, 5, 2]);
    assert.equal(byCount.get(3), undefined);

    const byBytes = new RoomLog({ entriesMax: 10, bytesMax: 25, ageMsMax: 1_000 });
    for (let cursor = 1; cursor <= 3; cursor++) byBytes.append(entry(cursor, 10), 0);
    assert.deepEqual([byBytes.first, byBytes.bytes], [2, 20]);
    byBytes.append(entry(4, 1_000), 0);
    assert.deepEqual([byBytes.first, byBytes.head], [4, 4], "one too large stays until the next");

    const byAge = new RoomLog({ entriesMax: 10, bytesMax: 100, ageMsMax: 1_000 });
    byAge.append(entry(1, 1), 0);
    byAge.append(entry(2, 1), 900);
    byAge.trim(1_500);
    assert.equal(byAge.first, 2);
    byAge.trim(5_000);
    assert.deepEqual([byAge.first, byAge.head, byAge.bytes], [3, 2, 0]);
  });

  it("RL-2: a room lets entries of an idle log go by itself", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { log: { ageMsMax: 5_000 } }) },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "a");
    const room = bench.engine.rooms.get(ann.last("joined").roomId);
    assert.equal(room?.feed.log.first, 1);
    bench.clock.advance(16_000);
    assert.equal(room.feed.log.first, 2);
    bench.finish();
  });

  it("RL-3: an entry with an audience is passed over for others, and skipped_to says so", () => {
    const room = createEchoRoom(undefined, {
      onInput: {
        ...quietInputs,
        say: (context, player, text) => {
          if (text === "secret") context.publish("said", text, { to: player });
          else if (text === "others") context.publish("said", text, { except: player });
          else context.publish("said", text);
        },
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    for (const [index, text] of ["secret", "secret", "all", "others"].entries()) {
      ann.input("1", index + 1, text);
    }
    assert.deepEqual(ann.texts("1"), ["secret", "secret", "all"]);
    assert.deepEqual(bob.texts("1"), ["all", "others"]);
    const all = bob.messages.find(({ body }) => body.case === "event");
    assert.equal(all?.skippedTo, 2n, "the two before were not for bob");
    bench.finish();
  });

  it("RL-5: a paused session that falls off the log gets Gap, a snapshot, and what is left", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { log: { entriesMax: 2 } }) },
    });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    bob.put("1", 1, "k", 1);
    ann.pause("1");
    ann.clear();
    for (const [index, text] of ["a", "b", "c", "d", "e"].entries())
      bob.input("1", index + 2, text);
    ann.resume("1");
    assert.deepEqual(ann.kinds("1"), ["control", "gap", "state", "event", "event", "endOfBacklog"]);
    const { from, to, reason } = ann.last("gap");
    assert.deepEqual([from, to, reason], [1n, 3n, GapReason.LOG_TRIMMED]);
    assert.equal(ann.last("state").baseTick, 0n);
    assert.deepEqual(ann.texts("1"), ["d", "e"]);
    bench.finish();
  });

  it("RL-6, JN-6: a new life of a room has a new epoch, and a position of the old one is told so", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: 0 }) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    ann.input("1", 1, "a");
    const first = ann.last("joined");
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    bench.clock.advance(100);
    assert.equal(bench.engine.rooms.size, 0);
    ann.clear();
    ann.join("1", {
      roomType: "echo",
      roomId: "r",
      position: { epoch: first.epoch, cursor: 1n, stateTick: 0n },
    });
    assert.notEqual(ann.last("joined").epoch, first.epoch);
    assert.equal(ann.last("joined").verdict, Verdict.SNAPSHOT);
    assert.equal(ann.last("gap").reason, GapReason.EPOCH_CHANGED);
    assert.equal(ann.last("gap").epoch, ann.last("joined").epoch);
    bench.finish();
  });

  it("JN-6: a position within the history is recovered, one beyond it gets a Gap", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { historyOnJoin: 2 }) } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo", roomId: "r" });
    const { epoch } = ann.last("joined");
    for (const [index, text] of ["a", "b", "c"].entries()) ann.input("1", index + 1, text);
    bob.join("1", { roomId: "r", position: { epoch, cursor: 2n, stateTick: 0n } });
    assert.equal(bob.last("joined").verdict, Verdict.RECOVERED);
    assert.deepEqual(bob.texts("1"), ["c"]);
    const cid = bench.connect("cid");
    cid.join("1", { roomId: "r", position: { epoch, cursor: 0n, stateTick: 0n } });
    assert.equal(cid.last("joined").verdict, Verdict.SNAPSHOT);
    const { from, to, reason } = cid.last("gap");
    assert.deepEqual([from, to, reason], [1n, 1n, GapReason.HISTORY_LIMIT]);
    assert.deepEqual(cid.texts("1"), ["b", "c"]);
    bench.finish();
  });

  it("RL-8: an ephemeral message has cursor 0, is not replayed, and moves no cursor", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    ann.pause("1");
    bob.input("1", 0, "psst", { kind: 3 });
    ann.resume("1");
    bob.input("1", 0, "hey", { kind: 3 });
    bob.input("1", 1, "real");
    assert.deepEqual(ann.texts("1"), ["hey", "real"], "none from the pause");
    assert.deepEqual(
      ann.all("event").map(({ cursor }) => cursor),
      [0n, 1n],
    );
    bench.finish();
  });
});
