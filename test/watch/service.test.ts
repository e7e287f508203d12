import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { WatchStart } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { holdNumbers } from "./numbers-room.ts";
import {
  brief,
  createRoom,
  createWatchBench as createBench,
  ways,
  type WatchBenchOptions,
} from "./watch-bench.ts";

const oldest = WatchStart.OLDEST;

for (const via of ways)
  describe(`WatchService over ${via}`, () => {
    const createWatchBench = (options: WatchBenchOptions = {}) => createBench({ ...options, via });

    it("WA-2, WA-4: started comes first and at once, then the backlog, its end, and what is live", async () => {
      const world = createWatchBench();
      const room = createRoom(world, "r", 3);
      const watch = world.watch({ topic: "r", start: oldest, watchId: "w" });
      await world.advance(0);
      room.publish("number", 4);
      room.publish("number", 5);
      await world.advance(0);
      assert.deepEqual(brief(watch.messages), ["started", "1 2 3", "endOfBacklog", "4 5"]);
      const started = watch.messages[0]?.message;
      assert.ok(started?.case === "started");
      const { watchId, roomType, epoch, heartbeatIntervalMs, kinds } = started.value;
      assert.deepEqual([watchId, roomType, epoch], ["w", "numbers", room.epoch]);
      assert.equal(heartbeatIntervalMs, 15_000);
      assert.deepEqual(
        kinds.map(({ name }) => name),
        ["number", "odd", "text", "binary"],
      );
      const live = world.watch({ topic: "r" });
      await world.advance(0);
      room.publish("number", 6);
      await world.advance(0);
      assert.deepEqual(brief(live.messages), ["started", "endOfBacklog", "6"]);
      await world.finish();
    });

    it("WA-2: every cursor is a place to go on after: nothing twice, nothing left out", async () => {
      const world = createWatchBench();
      const room = createRoom(world, "r", 5);
      const first = world.watch({ topic: "r", start: oldest });
      await world.advance(0);
      const cursors = first.messages.flatMap(({ cursor, message }) =>
        message.case === "data" ? message.value.events.map((event) => event.cursor) : [cursor],
      );
      const rest = ["1 2 3 4 5", "2 3 4 5", "3 4 5", "4 5", "5", "", ""];
      for (const [index, cursor] of cursors.entries()) {
        const again = world.watch({ topic: "r", cursor });
        await world.advance(0);
        const expected = ["started", ...[rest[index]].filter(Boolean), "endOfBacklog"];
        assert.deepEqual(brief(again.messages), expected, `cursor ${index}`);
      }
      assert.equal(cursors.length, rest.length);
      room.close();
      await world.finish();
    });

    it("WA-3: other kinds are passed over, and events that are for some players or for all but some", async () => {
      const world = createWatchBench();
      const room = createRoom(world);
      const player = world.bench.connect("bob");
      player.join("s", { roomId: "r" });
      world.bench.clock.advance(100);
      const bob = room.players.get("bob");
      assert.ok(bob !== undefined);
      const watch = world.watch({ topic: "r", kinds: ["odd", "text"] });
      await world.advance(0);
      room.publish("number", 1);
      room.publish("odd", { value: 2 }, { from: bob });
      room.publish("text", "for bob alone", { to: bob });
      room.publish("text", "not for bob", { except: bob });
      room.publish("text", "loose", { ephemeral: true });
      await world.advance(0);
      const data = watch.messages.at(-1)?.message;
      assert.ok(data?.case === "data");
      assert.deepEqual(
        data.value.events.map(({ number, kind, payload, sender }) => [
          ...[number, kind, payload.case, payload.value, sender],
        ]),
        [[2n, "odd", "json", '{"value":2}', "bob"]],
      );
      room.publish("number", 5);
      room.publish("number", 6);
      await world.advance(0);
      assert.equal(brief(watch.messages).length, 3, "no message for what was not asked for");
      await world.advance(20_000);
      const heartbeat = watch.messages.at(-1);
      assert.equal(heartbeat?.message.case, "heartbeat");
      const again = world.watch({ topic: "r", cursor: heartbeat.cursor });
      await world.advance(0);
      assert.deepEqual(brief(again.messages), ["started", "endOfBacklog"]);
      await world.finish();
    });

    it("WA-3: protobuf payloads travel as they are, JSON as text", async () => {
      const world = createWatchBench();
      const room = createRoom(world);
      const message = create(EveryTypeSchema, {
        aString: "ä",
        someBytes: new Uint8Array([0, 255]),
      });
      room.publish("binary", message);
      room.publish("text", "ä");
      const watch = world.watch({ topic: "r", start: oldest });
      await world.advance(0);
      const data = watch.messages[1]?.message;
      assert.ok(data?.case === "data");
      assert.deepEqual(
        data.value.events.map(({ payload }) => payload),
        [
          { case: "binary", value: toBinary(EveryTypeSchema, message) },
          { case: "json", value: '"ä"' },
        ],
      );
      await world.finish();
    });

    it("WA-5: a heartbeat comes after 15 s of silence, and only then", async () => {
      const world = createWatchBench();
      const room = createRoom(world);
      const watch = world.watch({ topic: "r" });
      await world.advance(10_000);
      room.publish("number", 1);
      await world.advance(14_900);
      assert.deepEqual(brief(watch.messages), ["started", "endOfBacklog", "1"]);
      await world.advance(300);
      assert.equal(brief(watch.messages).at(-1), "heartbeat");
      await world.advance(45_300);
      assert.deepEqual(brief(watch.messages).slice(3), Array(4).fill("heartbeat"));
      await world.finish();
    });

    it("WA-6: who fell off the log is told from where to where, and goes on", async () => {
      const held = holdNumbers({ log: { entriesMax: 4 } });
      const world = createWatchBench({ held });
      const room = createRoom(world, "r", 1);
      const watch = world.watch({ topic: "r", start: oldest });
      await world.advance(0);
      const cursor = watch.messages.at(-1)?.cursor ?? "";
      for (let value = 2; value <= 9; value++) room.publish("number", value);
      const late = world.watch({ topic: "r", cursor });
      await world.advance(0);
      const trimmed = `gap 2..5 ${GapReason.LOG_TRIMMED}`;
      assert.deepEqual(brief(late.messages), ["started", trimmed, "6 7 8 9", "endOfBacklog"]);
      assert.equal(late.messages[0]?.cursor, cursor, "lost now, it is told of the gap again");
      await world.finish();
    });

    it("WA-6: a new life of the room is a gap, then all that the log of the new one holds", async () => {
      const world = createWatchBench({ held: holdNumbers({ log: { entriesMax: 4 } }) });
      const room = createRoom(world, "r", 3);
      const watch = world.watch({ topic: "r", start: oldest });
      await world.advance(0);
      const cursor = watch.messages.at(-1)?.cursor ?? "";
      room.close();
      await world.advance(0);
      createRoom(world, "r", 2);
      const next = world.watch({ topic: "r", cursor });
      await world.advance(0);
      const changed = `gap 4..0 ${GapReason.EPOCH_CHANGED}`;
      assert.deepEqual(brief(next.messages), ["started", changed, "1 2", "endOfBacklog"]);
      assert.equal(next.messages[0]?.cursor, cursor);
      for (let value = 3; value <= 9; value++) world.held.room("r").publish("number", value);
      const later = world.watch({ topic: "r", cursor });
      await world.advance(0);
      assert.deepEqual(brief(later.messages), [
        ...["started", changed, `gap 1..5 ${GapReason.LOG_TRIMMED}`, "6 7 8 9", "endOfBacklog"],
      ]);
      await world.finish();
    });

    it("WA-7: nothing is read from the log while the reader takes nothing; then it is, in messages of 64 KiB", async () => {
      const world = createWatchBench();
      const room = createRoom(world);
      const watch = world.watch({ topic: "r" });
      watch.hold(true);
      await world.advance(0);
      for (let count = 0; count < 20; count++) room.publish("text", "x".repeat(10_000));
      await world.advance(0);
      assert.ok(watch.messages.length <= 1, "nothing is pushed");
      watch.hold(false);
      await world.advance(0);
      const [, ...rest] = watch.messages;
      assert.deepEqual(brief(rest), [
        "endOfBacklog",
        "1 2 3 4 5 6",
        "7 8 9 10 11 12",
        "13 14 15 16 17 18",
        "19 20",
      ]);
      await world.finish();
    });

    it("WA-7: a reader that takes nothing for the send timeout is cut", async () => {
      const world = createWatchBench();
      createRoom(world, "r", 3);
      const watch = world.watch({ topic: "r", start: oldest });
      watch.hold(true);
      await world.advance(14_000);
      assert.equal(world.cuts, 0);
      await world.advance(17_000);
      assert.equal(world.cuts, 1);
      await world.finish();
    });

    it("WA-3: a long stretch of other kinds does not hold up the process", async () => {
      const world = createWatchBench({ limits: { watchScanEntriesMax: 10 } });
      const room = createRoom(world, "r", 95);
      room.publish("text", "here");
      const watch = world.watch({ topic: "r", start: oldest, kinds: ["text"] });
      await world.advance(0);
      assert.deepEqual(brief(watch.messages), ["started", "96", "endOfBacklog"]);
      await world.finish();
    });

    it("WA-9: a room that closes ends its watches after what its log holds, and says why", async () => {
      const world = createWatchBench();
      const room = createRoom(world, "r", 1);
      const watch = world.watch({ topic: "r", start: oldest });
      await world.advance(0);
      room.publish("number", 2);
      room.close("Enough.");
      await world.advance(0);
      assert.deepEqual(brief(watch.messages).slice(1), ["1", "endOfBacklog", "2"]);
      assert.equal(watch.end?.error, undefined, "status OK, as the table says");
      assert.equal(
        watch.end?.trailers.get("roomline-close-code"),
        `${closeReasons.roomClosed.code}`,
      );
      assert.equal(watch.end.trailers.get("roomline-close-reason"), "Enough.");
      assert.equal(world.service.size, 0);
      await world.finish();
    });

    it("WA-9: drain ends watches with UNAVAILABLE, and takes no more", async () => {
      const world = createWatchBench();
      createRoom(world);
      const watch = world.watch({ topic: "r" });
      await world.advance(0);
      world.service.drain();
      await world.advance(0);
      assert.equal(watch.end?.error?.code, Code.Unavailable);
      const code = watch.end.error.metadata.get("roomline-close-code");
      assert.equal(code, `${closeReasons.draining.code}`);
      const late = world.watch({ topic: "r" });
      await world.advance(0);
      assert.equal(late.end?.error?.code, Code.Unavailable);
      await world.finish();
    });
  });
