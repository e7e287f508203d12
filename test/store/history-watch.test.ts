import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { silentLog } from "../../server/observe/log.ts";
import { encodeWatchCursor } from "../../server/services/watch/watch-cursor.ts";
import { WatchService, WatchStart } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { brief, serveWatches, startWatching, ways, type Via } from "../watch/watch-bench.ts";
import { callWatch } from "../watch/call-watch.ts";
import { createStoredWorld } from "./stored-world.ts";
import { talk, talkContract, talkRoom } from "./talk.ts";

/** A room with so many events and a short log, and the watch service over it. */
async function withWatches(count: number, via: Via) {
  const world = createStoredWorld({ talk: talkRoom() }, 1, { historyPageBytesMax: 300 });
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(talkContract, talk), 300);
  const say = async (from: number, to: number): Promise<void> => {
    for (let at = from; at <= to; at++) await world.settled(session.send("say", `n${at}`), 60);
  };
  await say(1, count);
  const { clock } = world;
  const limits = { ...defaultLimits, outboundFrameBytesMax: 700 };
  const { service, transport } = serveWatches(world.engine, {
    ...{ clock, limits, log: silentLog, adminToken: "secret-secret" },
    onCut: () => undefined,
  });
  const client = createClient(WatchService, transport);
  const watch = (request: Parameters<typeof startWatching>[1]) =>
    via === "connect"
      ? startWatching(client, { topic: "talk", ...request }, "ann")
      : callWatch(service, { topic: "talk", ...request }, { as: "ann", onCut: () => undefined });
  const finish = async (): Promise<void> => {
    await world.clock.advanceAsync(1_000);
    assert.equal(service.size, 0, "watches left");
    await world.settled(ann.close(), 200);
    await world.end();
  };
  return { world, session, say, watch, finish, epoch: session.position.epoch };
}

/** The numbers of the events that a watch was told of. */
function told(messages: readonly string[]): number[] {
  return messages.filter((text) => /^\d/.test(text)).flatMap((text) => text.split(" ").map(Number));
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

for (const via of ways) {
  describe(`watches of a room with a history, over ${via}`, () => {
    it("HI-2: go on from an old cursor, or begin with the oldest, from the store and then live", async () => {
      const { world, say, watch, finish, epoch } = await withWatches(40, via);
      const old = watch({ cursor: encodeWatchCursor({ epoch, number: 7 }) });
      const oldest = watch({ start: WatchStart.OLDEST });
      await world.clock.advanceAsync(300);
      await say(41, 42);
      for (const [watching, from] of [
        [old, 8],
        [oldest, 1],
      ] as const) {
        const messages = brief(watching.messages);
        assert.deepEqual(told(messages), upTo(from, 42));
        assert.equal(messages.filter((text) => text.startsWith("gap")).length, 0);
        const end = messages.indexOf("endOfBacklog");
        assert.deepEqual(told(messages.slice(end)), [41, 42]);
        watching.cancel();
      }
      await finish();
    });

    it("HI-2: that read slowly are read for slowly, and miss nothing while the room goes on", async () => {
      const { world, say, watch, finish } = await withWatches(30, via);
      const slow = watch({ start: WatchStart.OLDEST });
      slow.hold(true);
      await world.clock.advanceAsync(300);
      const { reads } = world.disk;
      await say(31, 70);
      assert.ok(world.disk.reads <= reads + 2, "nobody reads ahead");
      slow.hold(false);
      await world.clock.advanceAsync(1_000);
      assert.deepEqual(told(brief(slow.messages)), upTo(1, 70));
      slow.cancel();
      await finish();
    });

    it("HI-4: are told a gap of what cannot be read in time, and of what the store has when the room ends", async () => {
      const { world, session, watch, finish, epoch } = await withWatches(40, via);
      world.disk.readsFailing = Infinity;
      const failed = watch({ cursor: encodeWatchCursor({ epoch, number: 0 }) });
      await world.clock.advanceAsync(11_000);
      assert.equal(brief(failed.messages)[1], "gap 1..35 4");
      assert.deepEqual(told(brief(failed.messages)), upTo(36, 40));
      world.disk.readsFailing = 0;
      world.disk.readMs = 3_000;
      const late = watch({ cursor: encodeWatchCursor({ epoch, number: 0 }) });
      await world.clock.advanceAsync(100);
      session.send("end", null).catch(() => undefined);
      await world.clock.advanceAsync(500);
      assert.deepEqual(brief(late.messages).slice(1, 2), ["gap 1..35 1"]);
      assert.deepEqual(told(brief(late.messages)), upTo(36, 40));
      assert.ok(late.end !== undefined, "it ends with the room");
      world.disk.readMs = 2;
      await world.clock.advanceAsync(5_000);
      await finish();
    });

    it("WA-6: of another life of the room go on with its log, and not with all that is kept", async () => {
      const { world, watch, finish } = await withWatches(40, via);
      const other = watch({ cursor: encodeWatchCursor({ epoch: "another", number: 12 }) });
      await world.clock.advanceAsync(300);
      assert.equal(brief(other.messages)[1], "gap 13..0 2");
      assert.deepEqual(told(brief(other.messages)), upTo(36, 40));
      other.cancel();
      await finish();
    });
  });
}
