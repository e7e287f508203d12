import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import * as v from "valibot";
import { defineContract, json } from "roomline/contract";
import { watchRoom, type WatchOptions, type KeptStatus } from "../../client/index.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createCuttableDialer, type CuttableDialer } from "./cuttable-dialer.ts";
import { holdNumbers, numbers, type Numbers } from "./numbers-room.ts";
import { createRoom, createWatchBench, type WatchBench } from "./watch-bench.ts";

/** A watch over a way that can be cut, and what it was told. */
function keepWatch(world: WatchBench, given: Partial<WatchOptions<Numbers>> = {}) {
  const dialer: CuttableDialer = createCuttableDialer(world.transport);
  const told: (number | string)[] = [];
  const statuses: KeptStatus[] = [];
  const errors: string[] = [];
  const begin = (options: Partial<WatchOptions<Numbers>> = {}) =>
    watchRoom<Numbers>("test", {
      topic: "r",
      contract: numbers,
      clientId: "ann",
      start: "oldest",
      dialer,
      clock: world.bench.clock,
      random: createSeededRandom(1),
      onEvent: ({ number }) => told.push(number),
      onGap: ({ from, to, reason }) => told.push(`gap ${from}..${to} ${reason}`),
      onEndOfBacklog: () => told.push("end"),
      onStatus: (status) => statuses.push(status),
      onError: (error) => errors.push(error instanceof Error ? error.message : "?"),
      ...given,
      ...options,
    });
  return { dialer, told, statuses, errors, begin, watch: begin() };
}

function fail(): never {
  throw new Error("thrown");
}

async function stop(world: WatchBench, kept: ReturnType<typeof keepWatch>): Promise<void> {
  kept.watch.stop();
  await world.advance(0);
  assert.equal(kept.watch.status, "ended");
  assert.equal(kept.dialer.open, 0, "lines left");
  await world.finish();
  assert.equal(world.bench.clock.pendingTimers, 0, "timers left");
}

describe("watchRoom", () => {
  it("WA-10: the cursor moves when the handler has returned, and a cut meanwhile doubles nothing", async () => {
    const world = createWatchBench();
    createRoom(world, "r", 3);
    let finish = (): void => undefined;
    const cursors: string[] = [];
    const kept = keepWatch(world, {
      onEvent({ number, cursor }) {
        kept.told.push(number);
        cursors.push(cursor);
        if (number === 2) return new Promise<void>((resolve) => (finish = resolve));
        return undefined;
      },
    });
    await world.advance(0);
    const before = kept.watch.cursor;
    assert.equal(before, cursors[0], "behind the event that is being handled");
    assert.deepEqual(kept.told, [1, 2]);
    kept.dialer.cut();
    await world.advance(5_000);
    assert.deepEqual([kept.told, kept.watch.cursor], [[1, 2], before], "it waits");
    finish();
    await world.advance(1_000);
    assert.deepEqual(kept.told, [1, 2, 3, "end"]);
    assert.notEqual(kept.watch.cursor, before);
    await stop(world, kept);
  });

  it("WA-10: it may start before its server, which it then tries for with backoff", async () => {
    const world = createWatchBench();
    createRoom(world, "r", 1);
    const kept = keepWatch(world, { backoff: { initialMs: 100, maxMs: 1_000 } });
    kept.dialer.down = true;
    kept.dialer.cut();
    await world.advance(10_000);
    assert.ok(kept.dialer.dialled > 8 && kept.dialer.dialled < 20, `${kept.dialer.dialled} tries`);
    assert.equal(kept.watch.status, "waiting");
    kept.dialer.down = false;
    await world.advance(1_000);
    assert.deepEqual([kept.watch.status, kept.told], ["live", [1, "end"]]);
    await stop(world, kept);
  });

  it("WA-10: it waits for its room, and goes on with a new life of it", async () => {
    const world = createWatchBench();
    const kept = keepWatch(world);
    await world.advance(3_000);
    assert.deepEqual(kept.told, []);
    const room = createRoom(world, "r", 2);
    await world.advance(10_000);
    room.publish("number", 3);
    room.close();
    await world.advance(10_000);
    createRoom(world, "r", 1);
    await world.advance(10_000);
    assert.deepEqual(kept.told, [1, 2, "end", 3, "gap 4..0 epoch-changed", 1, "end"]);
    await stop(world, kept);
  });

  it("WA-10: told not to wait for its room, it ends with it", async () => {
    const world = createWatchBench();
    const none = keepWatch(world, { waitForRoom: false });
    await world.advance(0);
    const end = await none.watch.ended;
    assert.ok(end.kind === "failed" && end.error.code === "unknown-room");
    assert.deepEqual(none.errors, ['There is no room "r".']);
    const room = createRoom(world, "r", 1);
    const kept = keepWatch(world, { waitForRoom: false });
    await world.advance(0);
    room.close("Enough.");
    await world.advance(0);
    const closed = await kept.watch.ended;
    assert.ok(closed.kind === "closed" && closed.reason.name === "room-closed");
    assert.equal(closed.detail, "Enough.");
    await stop(world, kept);
  });

  it("WA-10: after a handler that failed it goes on, tries again or stops, as it was told", async () => {
    const world = createWatchBench();
    createRoom(world, "r", 3);
    const failing = (given: Partial<WatchOptions<Numbers>>, times: number) => {
      const seen: number[] = [];
      const kept = keepWatch(world, {
        ...given,
        onEvent: ({ number }) => {
          seen.push(number);
          if (number !== 2 || times-- <= 0) return undefined;
          return times % 2 === 0 ? Promise.reject(new Error("not yet")) : fail();
        },
      });
      return { kept, seen };
    };
    const skip = failing({}, 9);
    await world.advance(5_000);
    assert.deepEqual([skip.seen, skip.kept.errors], [[1, 2, 3], ["not yet"]]);
    skip.kept.watch.stop();

    const retry = failing({ onHandlerError: "retry" }, 3);
    await world.advance(5_000);
    assert.deepEqual(retry.seen, [1, 2, 2, 2, 2, 3]);
    assert.deepEqual(retry.kept.errors, ["not yet", "thrown", "not yet"]);
    assert.equal(retry.kept.watch.status, "live");
    retry.kept.watch.stop();

    const stopping = failing({ onHandlerError: "stop" }, 1);
    await world.advance(5_000);
    const end = await stopping.kept.watch.ended;
    assert.ok(end.kind === "handler-failed" && String(end.error) === "Error: not yet");
    assert.deepEqual([stopping.seen, stopping.kept.watch.status], [[1, 2], "ended"]);
    const next = failing({ cursor: stopping.kept.watch.cursor }, 0);
    await world.advance(1_000);
    assert.deepEqual(next.seen, [2, 3]);
    await stop(world, next.kept);
  });

  it("WA-10: whoever tries again can be stopped, and goes on over a cut", async () => {
    const world = createWatchBench();
    const room = createRoom(world, "r", 2);
    let isFailing = true;
    const seen: number[] = [];
    const kept = keepWatch(world, {
      onHandlerError: "retry",
      onEvent: ({ number }) => {
        seen.push(number);
        if (isFailing) fail();
      },
    });
    await world.advance(2_000);
    kept.dialer.cut();
    await world.advance(30_000);
    isFailing = false;
    await world.advance(30_000);
    assert.deepEqual([...new Set(seen)], [1, 2]);
    assert.equal(seen.filter((number) => number === 2).length, 1);
    isFailing = true;
    room.publish("number", 3);
    await world.advance(1_000);
    await stop(world, kept);
    assert.throws(
      () => kept.begin({ onHandlerError: "again" as never }),
      /onHandlerError is "again"; it has to be "skip", "retry" or "stop"/,
    );
  });

  it("WA-10: silence of 2.5 heartbeat intervals is a loss, a handler that takes long is none", async () => {
    const world = createWatchBench({ limits: { sendTimeoutMs: 600_000 } });
    const room = createRoom(world);
    let finish = (): void => undefined;
    const kept = keepWatch(world, {
      onEvent: ({ number }) => {
        kept.told.push(number);
        return new Promise<void>((resolve) => (finish = resolve));
      },
    });
    await world.advance(60_000);
    assert.equal(kept.dialer.dialled, 1, "heartbeats keep it");
    room.publish("number", 1);
    await world.advance(60_000);
    assert.equal(kept.dialer.dialled, 1, "the handler is at work");
    kept.dialer.silent = true;
    finish();
    await world.advance(37_000);
    assert.equal(kept.dialer.dialled, 1);
    room.publish("number", 2);
    await world.advance(700);
    assert.deepEqual(kept.statuses.slice(-3), ["live", "waiting", "connecting"]);
    kept.dialer.silent = false;
    await world.advance(40_000);
    assert.deepEqual(kept.told, ["end", 1, 2]);
    finish();
    await stop(world, kept);
  });

  it("WA-10: a cursor that was kept lets another process go on", async () => {
    const world = createWatchBench();
    const room = createRoom(world, "r", 2);
    const kept = keepWatch(world);
    await world.advance(0);
    kept.watch.stop();
    room.publish("number", 3);
    await world.advance(100);
    assert.deepEqual(kept.told, [1, 2, "end"]);
    const next = kept.begin({ cursor: kept.watch.cursor });
    await world.advance(0);
    assert.deepEqual(kept.told, [1, 2, "end", 3, "end"]);
    next.stop();
    await stop(world, kept);
  });

  it("WA-10: a watch id that the lost connection still holds is taken back", async () => {
    const world = createWatchBench();
    const room = createRoom(world);
    const kept = keepWatch(world, { watchId: "prices" });
    await world.advance(0);
    assert.equal(world.service.size, 1);
    // As if the server had not heard that the connection is gone.
    kept.dialer.down = true;
    kept.dialer.cut();
    await world.advance(100);
    const other = world.watch({ topic: "r", watchId: "prices" }, "ann");
    room.publish("number", 1);
    await world.advance(100);
    assert.equal(other.messages[0]?.message.case, "started");
    kept.dialer.down = false;
    await world.advance(5_000);
    assert.equal(other.end?.trailers.get("roomline-close-code"), "4500");
    assert.deepEqual([kept.watch.status, kept.told], ["live", ["end", 1, "end"]]);
    const first = keepWatch(world, { watchId: "prices" });
    await world.advance(0);
    const end = await first.watch.ended;
    assert.ok(
      end.kind === "failed" && end.error.code === "watch-exists",
      "at first it is an error",
    );
    await stop(world, kept);
  });

  it("WA-3: events are read by the contract; what does not fit is told, and stops nothing", async () => {
    const world = createWatchBench();
    const room = createRoom(world);
    const events = { number: json(v.string()), text: json(v.string()), binary: EveryTypeSchema };
    const errors: string[] = [];
    const seen: unknown[] = [];
    const dialer = createCuttableDialer(world.transport);
    const common = { topic: "r", start: "oldest", dialer, clock: world.bench.clock } as const;
    const typed = watchRoom("test", {
      ...common,
      contract: defineContract({ events }),
      onEvent(event) {
        seen.push(event.kind === "binary" ? event.payload.aString : event.payload);
        if (event.kind === "text") throw new Error("A handler failed.");
      },
      onError: (error, where) => errors.push(`${where}: ${String(error)}`),
    });
    const plain: unknown[] = [];
    const untyped = watchRoom("test", { ...common, onEvent: (event) => plain.push(event.payload) });
    room.publish("number", 1);
    room.publish("odd", { value: 1 });
    room.publish("text", "a");
    room.publish("binary", create(EveryTypeSchema, { aString: "b" }));
    await world.advance(0);
    assert.deepEqual(seen, ["a", "b"]);
    assert.equal(errors.length, 2);
    assert.match(errors[0] ?? "", /^watch event: RoomlineError: /);
    assert.match(errors[1] ?? "", /^watch.onEvent: Error: A handler failed/);
    assert.deepEqual(plain.slice(0, 3), [1, { value: 1 }, "a"]);
    assert.ok(plain[3] instanceof Uint8Array);
    for (const watch of [typed, untyped]) watch.stop();
    await world.finish();
  });

  it("WA-10: what cannot be is refused at once, and a token is asked for at every try", async () => {
    const world = createWatchBench({ held: holdNumbers({ watchable: false }) });
    createRoom(world);
    const kept = keepWatch(world);
    await world.advance(0);
    const end = await kept.watch.ended;
    assert.ok(end.kind === "failed" && end.error.code === "watch-refused");
    assert.equal(kept.dialer.dialled, 1);
    const tokens = ["none-of-ours", "secret-secret"];
    const operator = keepWatch(world, {
      clientId: "",
      token: () => Promise.resolve(tokens.at(-1) ?? ""),
    });
    await world.advance(0);
    assert.equal(operator.watch.status, "live");
    tokens.pop();
    operator.dialer.cut();
    await world.advance(1_000);
    assert.equal((await operator.watch.ended).kind, "failed", "the new token is worth nothing");
    assert.throws(() => watchRoom("test", { topic: "", onEvent: () => 0 }), /topic/);
    assert.throws(() => watchRoom("ftp://test", { topic: "r", onEvent: () => 0 }), /HOST:PORT/);
    await stop(world, operator);
  });
});

describe("watchRoom in a storm", () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    it(`WA-4, WA-6, WA-10: seed ${seed}: every event once and in order, or told as a gap`, async () => {
      const random = createSeededRandom(seed);
      const held = holdNumbers({ log: { entriesMax: 64 } });
      const world = createWatchBench({ held });
      const room = createRoom(world);
      const covered: number[] = [];
      const slowness = random() * 200;
      const kept = keepWatch(world, {
        backoff: { initialMs: 20, maxMs: 400 },
        onEvent({ number }) {
          covered.push(number);
          if (random() > 0.1) return undefined;
          const delayMs = random() * slowness;
          return new Promise<void>((resolve) => world.bench.clock.setTimer(resolve, delayMs));
        },
        onGap({ from, to, reason }) {
          assert.equal(reason, "log-trimmed");
          for (let number = from; number <= to; number++) covered.push(number);
        },
      });
      let published = 0;
      for (let step = 0; step < 400; step++) {
        const burst = Math.floor(random() * 8);
        for (let count = 0; count < burst; count++) room.publish("number", ++published);
        if (random() < 0.1) kept.dialer.cut();
        if (random() < 0.05) kept.dialer.down = !kept.dialer.down;
        await world.advance(random() * 60);
      }
      kept.dialer.down = false;
      await world.advance(120_000);
      assert.deepEqual(
        covered,
        Array.from({ length: published }, (_, index) => index + 1),
      );
      assert.deepEqual(kept.errors, []);
      await stop(world, kept);
    });
  }
});
