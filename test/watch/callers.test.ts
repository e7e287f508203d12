import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { RoomlineError } from "../../shared/errors.ts";
import type { WatchStart } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { holdNumbers } from "./numbers-room.ts";
import {
  brief,
  createRoom,
  createWatchBench as createBench,
  ways,
  type WatchBench,
  type WatchBenchOptions,
} from "./watch-bench.ts";
import { callerHeaders } from "./watching.ts";

for (const via of ways)
  describe(`WatchService over ${via}: who and what`, () => {
    const createWatchBench = (options: WatchBenchOptions = {}) => createBench({ ...options, via });
    const refused = async (world: WatchBench, ...asked: Parameters<WatchBench["watch"]>) => {
      const watch = world.watch(...asked);
      await world.advance(0);
      const { error } = watch.end ?? {};
      assert.ok(error !== undefined, `not refused: ${brief(watch.messages).join()}`);
      return [Code[error.code], error.metadata.get("roomline-error"), error.rawMessage];
    };

    it("WA-1: a room that is not watchable says what to do; operators watch anything", async () => {
      const world = createWatchBench({ held: holdNumbers({ watchable: false }) });
      createRoom(world);
      const advice = "This room type is not watchable: set watchable: true.";
      const answer = ["PermissionDenied", "watch-refused", advice];
      assert.deepEqual(await refused(world, { topic: "r" }), answer);
      assert.deepEqual(await refused(world, { topic: "r" }, "admin:wrong-wrong"), answer);
      const operator = world.watch({ topic: "r" }, "admin:secret-secret");
      await world.advance(0);
      assert.deepEqual(brief(operator.messages), ["started", "endOfBacklog"]);
      await world.finish();
    });

    it("WA-1: a room's onWatch may refuse, with its own words", async () => {
      const seen: unknown[] = [];
      const held = holdNumbers({
        onWatch(room, watcher) {
          seen.push([room.id, watcher]);
          if (watcher.clientId === "bob") throw new RoomlineError("watch-refused", "Not you.");
        },
      });
      const authenticate = ({ token }: { token: string }) => {
        if (token === "") throw new RoomlineError("join-refused", "Who are you?");
        return { clientId: token, claims: { premium: true } };
      };
      const world = createWatchBench({ held, authenticate });
      createRoom(world);
      const unknown = [
        "Unauthenticated",
        "unauthenticated",
        "The token is missing, wrong or expired. (Who are you?)",
      ];
      assert.deepEqual(await refused(world, { topic: "r" }, "nobody"), unknown);
      const denied = ["PermissionDenied", "watch-refused", "Not you."];
      assert.deepEqual(await refused(world, { topic: "r" }, "admin:bob"), denied);
      const ann = world.watch({ topic: "r" }, "admin:ann");
      await world.advance(0);
      assert.deepEqual(brief(ann.messages), ["started", "endOfBacklog"]);
      assert.deepEqual(seen.at(-1), ["r", { clientId: "ann", claims: { premium: true } }]);
      await world.finish();
    });

    it("WA-2: what cannot be is refused by name", async () => {
      const world = createWatchBench();
      createRoom(world);
      const watchId = "not an id";
      for (const [request, code, name] of [
        [{ topic: "nowhere" }, "NotFound", "unknown-room"],
        [{ topic: "" }, "InvalidArgument", "invalid-argument"],
        [{ topic: "r", watchId }, "InvalidArgument", "invalid-argument"],
        [{ topic: "r", kinds: ["nosuch"] as string[] }, "InvalidArgument", "unknown-kind"],
        [{ topic: "r", start: 7 as WatchStart }, "InvalidArgument", "invalid-argument"],
        ...["x", "MS5h=", "MDEuYQ", "LTEuYQ", "MS4", "é", "A".repeat(10_000)].map(
          (cursor) => [{ topic: "r", cursor }, "InvalidArgument", "invalid-argument"] as const,
        ),
      ] as const) {
        const [saidCode, saidName] = await refused(world, request);
        assert.deepEqual([saidCode, saidName], [code, name], JSON.stringify(request).slice(0, 80));
      }
      assert.equal(world.service.size, 0);
      await world.finish();
    });

    it("WA-8: ids are a caller's own; CancelWatch ends that caller's watch, an operator's ends any", async () => {
      const world = createWatchBench();
      createRoom(world);
      const cancel = async (watchId: string, as: string) => {
        const { cancelled } = await world.client.cancelWatch(
          { watchId },
          { headers: callerHeaders(as) },
        );
        await world.advance(0);
        return cancelled;
      };
      const [ann, bob, eve] = ["ann", "bob", "eve"].map((name) =>
        world.watch({ topic: "r", watchId: "prices" }, name),
      );
      await world.advance(0);
      const twice = await refused(world, { topic: "r", watchId: "prices" }, "ann");
      assert.deepEqual(twice.slice(0, 2), ["AlreadyExists", "watch-exists"]);
      assert.equal(await cancel("prices", "carl"), false);
      assert.equal(await cancel("other", "ann"), false);
      assert.equal(await cancel("prices", "ann"), true);
      assert.deepEqual([ann?.end?.error, bob?.end, eve?.end], [undefined, undefined, undefined]);
      assert.equal(ann?.end?.trailers.get("roomline-close-code"), "4500");
      assert.equal(await cancel("prices", "ann"), false);
      assert.equal(await cancel("prices", "admin:secret-secret"), true);
      assert.equal(bob?.end?.error?.code, Code.PermissionDenied);
      assert.equal(eve?.end?.error?.code, Code.PermissionDenied);
      const again = world.watch({ topic: "r", watchId: "prices" }, "ann");
      await world.advance(0);
      assert.deepEqual(brief(again.messages), ["started", "endOfBacklog"]);
      await world.finish();
    });

    it("WA-8: there are bounds, per caller and in all", async () => {
      const world = createWatchBench({ limits: { watchesMax: 4, watchesPerCallerMax: 2 } });
      createRoom(world);
      const all = ["ann", "ann", "bob", "carl"].map((name) => world.watch({ topic: "r" }, name));
      await world.advance(0);
      assert.equal(world.service.size, 4);
      const tooMany = ["ResourceExhausted", "too-many-watches"];
      assert.deepEqual((await refused(world, { topic: "r" }, "eve")).slice(0, 2), tooMany);
      all[3]?.cancel();
      await world.advance(0);
      assert.equal(world.service.size, 3, "who leaves makes room");
      assert.deepEqual((await refused(world, { topic: "r" }, "ann")).slice(0, 2), tooMany);
      world.watch({ topic: "r" }, "bob");
      await world.advance(0);
      assert.equal(world.service.size, 4);
      await world.finish();
    });
  });
