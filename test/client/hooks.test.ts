import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect as connectInBrowser, type Surroundings } from "../../client/browser.ts";
import {
  createLobby,
  watchRoom,
  type RoomsWatchHandlers,
  type WatchOptions,
} from "../../client/index.ts";
import { createClientBench, said } from "./bench.ts";
import { createCalls, listHooks, watchHooks, wayHooks } from "./hooks/call-hooks.ts";
import { connectHooks, silent } from "./hooks/connect-hooks.ts";
import { assertAllCaught, Culprit, misdeeds, type Misdeed } from "./hooks/misdeeds.ts";
import { cutAndComeBack, sessionHooks } from "./hooks/session-hooks.ts";

/** Runs a test for everything that can be done wrong. */
function forEachMisdeed(name: string, test: (misdeed: Misdeed) => Promise<void>): void {
  for (const misdeed of misdeeds) {
    it(`${name} that ${misdeed.name}`, async () => {
      await test(misdeed);
      await assertAllCaught();
    });
  }
}

describe("what a callback of a session does wrong, stops nothing", () => {
  for (const hook of sessionHooks) {
    forEachMisdeed(hook.name, async (misdeed) => {
      const bench = createClientBench();
      const client = await bench.connect();
      const session = await bench.join(client);
      const other = await bench.join(client);
      const culprit = new Culprit(misdeed, bench.clock);
      let good = 0;
      let heard = 0;
      let heardByOther = 0;
      hook.add(session, client, () => culprit.act());
      hook.add(session, client, () => good++);
      other.on("said", () => heardByOther++);
      const times = hook.isLast === true ? [1] : [1, 2];
      for (const time of times) {
        await hook.trigger(bench, time);
        await bench.advance(100);
        const goodBefore = good;
        bench.server.last.send(said(0, { sessionId: "2" }));
        await bench.settle();
        assert.equal(heardByOther, time, "the other session goes on");
        const isHeld = hook.isWaitedFor === true && misdeed.kind === "waits";
        assert.ok(goodBefore >= (isHeld ? 1 : time), "the other callback is called");
      }
      session.on("said", () => heard++);
      bench.server.last.send(said(0));
      await bench.advance(100);
      const isHeld = hook.isWaitedFor === true && misdeed.kind === "waits";
      assert.equal(heard, isHeld || hook.isLast === true ? 0 : 1, "the next event comes");
      culprit.assertTold(bench.reported, hook.where);
      await bench.finish(client);
      assert.ok(
        bench.reported.every(({ where }) => where === hook.where),
        "nothing else is told",
      );
    });
  }
});

describe("what an option of connect does wrong, ends no client", () => {
  for (const hook of connectHooks) {
    forEachMisdeed(hook.name, async (misdeed) => {
      const bench = createClientBench();
      const culprit = new Culprit(misdeed, bench.clock);
      const connecting = bench.start({
        connectTimeoutMs: Infinity,
        ...hook.options(culprit, bench),
      });
      await bench.advance(12_000);
      const client = await connecting;
      const session = await bench.join(client);
      let heard = 0;
      session.on("said", () => {
        heard++;
        throw new Error("So that onError is called.");
      });
      bench.server.last.send(said(1));
      await bench.settle();
      // An event that does not follow: the connection is torn down, and had again.
      bench.server.last.send(said(3));
      await bench.advance(1_000);
      bench.server.last.cut();
      await bench.advance(12_000);
      assert.equal(client.state, "live");
      assert.equal(session.status, "active");
      bench.server.last.send(said(2));
      await bench.settle();
      assert.equal(heard, 2);
      const closing = client.close();
      await bench.advance(3_000);
      await closing;
      await bench.finish(client);
      if (hook.where !== undefined) culprit.assertTold(bench.reported, hook.where);
      else assert.ok(culprit.calls > 1, "it was called");
    });
  }

  forEachMisdeed("a dialer's function, asked for the first connection,", async (misdeed) => {
    const bench = createClientBench();
    const culprit = new Culprit(misdeed, bench.clock);
    const connecting = bench.start({ dialer: () => culprit.act() });
    await bench.advance(12_000);
    await assert.rejects(connecting, (error) => {
      if (misdeed.kind === "throws") assert.equal(error, culprit.thrown[0]);
      else assert.equal((error as { code?: string }).code, "unavailable");
      return true;
    });
    assert.equal(bench.clock.pendingTimers, 0);
  });

  const surroundings: readonly (readonly [string, (culprit: Culprit) => Surroundings])[] = [
    ["surroundings", (culprit) => ({ watch: () => culprit.act() })],
    ["what surroundings return", (culprit) => ({ watch: () => () => culprit.act<undefined>() })],
  ];
  for (const [name, create] of surroundings) {
    forEachMisdeed(name, async (misdeed) => {
      const bench = createClientBench();
      const culprit = new Culprit(misdeed, bench.clock);
      const connecting = connectInBrowser("fake:1", {
        dialer: bench.server,
        clock: bench.clock,
        log: silent,
        onError: (error, where) => bench.reported.push({ error, where }),
        surroundings: create(culprit),
      });
      await bench.settle();
      const client = await connecting;
      await bench.join(client);
      await cutAndComeBack(bench);
      assert.equal(client.state, "live");
      await bench.finish(client);
      culprit.assertTold(bench.reported, "surroundings");
    });
  }
});

describe("what a callback of a watch does wrong, ends no watch", () => {
  for (const hook of watchHooks) {
    forEachMisdeed(hook.name, async (misdeed) => {
      const calls = createCalls();
      const culprit = new Culprit(misdeed, calls.clock);
      const begin = (options: Partial<WatchOptions>) => {
        const told: string[] = [];
        const watch = watchRoom("test", {
          topic: "r",
          dialer: calls.dialer,
          clock: calls.clock,
          random: () => 0.5,
          log: calls.log,
          onEvent: ({ number }) => told.push(String(number)),
          onGap: () => told.push("gap"),
          onEndOfBacklog: () => told.push("end"),
          ...options,
        });
        return { watch, told };
      };
      const { watch, told } = begin(hook.options(culprit, calls));
      const other = begin({});
      await calls.clock.advanceAsync(12_000);
      await calls.break();
      const all = ["1", "gap", "end", "2", "3", "gap", "end", "4"];
      assert.deepEqual(other.told, all, "the other watch goes on");
      const isHeld = hook.isWaitedFor === true && misdeed.kind === "waits";
      const calledFor = { "watch.onEvent": "1234", "watch.onGap": "gap" }[hook.where] ?? "";
      if (isHeld) assert.equal(culprit.calls, 1, "the next one waits");
      else if (hook.isOnce === true) assert.ok(told.length >= 4, "the next try goes well");
      else if (hook.name !== "onError") {
        const mine = all.filter((one) => !calledFor.includes(one));
        const spoiled = hook.where === "watch.onEndOfBacklog" ? "end" : "";
        assert.deepEqual(
          told,
          mine.filter((one) => one !== spoiled),
        );
      }
      watch.stop();
      other.watch.stop();
      await calls.clock.advanceAsync(100);
      if (!isHeld) assert.deepEqual(await watch.ended, { kind: "stopped" });
      assert.deepEqual(await other.watch.ended, { kind: "stopped" });
      assert.equal(calls.clock.pendingTimers, 0);
      culprit.assertTold(calls.logged, hook.where);
    });
  }

  forEachMisdeed("a logger", async (misdeed) => {
    const calls = createCalls();
    const culprit = new Culprit(misdeed, calls.clock);
    const act = () => culprit.act<undefined>();
    let events = 0;
    const watch = watchRoom("test", {
      topic: "r",
      dialer: calls.dialer,
      clock: calls.clock,
      log: { debug: act, info: act, warn: act },
      onEvent() {
        events++;
        throw new Error("So that it is logged.");
      },
    });
    await calls.clock.advanceAsync(100);
    assert.equal(events, 2);
    watch.stop();
    assert.deepEqual(await watch.ended, { kind: "stopped" });
    assert.equal(culprit.calls, 2);
  });
});

describe("what a callback of a lobby does wrong, ends no watched list", () => {
  for (const hook of listHooks) {
    forEachMisdeed(hook.name, async (misdeed) => {
      const calls = createCalls();
      const { clock, dialer, log } = calls;
      const culprit = new Culprit(misdeed, clock);
      const options = hook.options(culprit, calls);
      const begin = ({ onChange, onStatus, ...given }: typeof options) => {
        const lobby = createLobby("test", { dialer, clock, random: () => 0.5, log, ...given });
        const handlers: RoomsWatchHandlers = {
          onChange: onChange ?? (() => undefined),
          ...(onStatus !== undefined && { onStatus }),
        };
        return lobby.watchRooms({}, handlers);
      };
      const watch = begin(options);
      const other = begin({});
      await clock.advanceAsync(12_000);
      const before = [...watch.rooms.keys(), ...other.rooms.keys()];
      assert.equal(new Set(before).size, 2, "both have a list");
      await calls.break();
      const after = [...watch.rooms.keys(), ...other.rooms.keys()];
      assert.equal(new Set([...before, ...after]).size, 4, "both have a new one");
      assert.deepEqual([watch.status, other.status], ["live", "live"]);
      watch.stop();
      other.stop();
      await clock.advanceAsync(100);
      assert.deepEqual([await watch.ended, await other.ended], [undefined, undefined]);
      assert.equal(clock.pendingTimers, 0);
      if (hook.where !== "") culprit.assertTold(calls.logged, hook.where);
    });
  }

  for (const hook of wayHooks) {
    forEachMisdeed(`${hook.name} of a single call`, async (misdeed) => {
      const calls = createCalls();
      const { clock, dialer, log } = calls;
      const culprit = new Culprit(misdeed, clock);
      const lobby = createLobby("test", { dialer, clock, log, ...hook.options(culprit, calls) });
      const outcome = lobby.listRooms().then(
        (found) => found.length,
        (error: unknown) => (error as { code?: string }).code,
      );
      await clock.advanceAsync(12_000);
      assert.equal(await outcome, hook.isOnce === true ? "unavailable" : 1);
      assert.equal(await lobby.listRooms().then(({ length }) => length), 1);
      await clock.advanceAsync(100);
      assert.equal(clock.pendingTimers, 0);
    });
  }
});
