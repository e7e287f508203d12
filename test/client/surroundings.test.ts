import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, type Client, type ConnectOptions } from "../../client/browser.ts";
import { createPageSurroundings } from "../../client/lifecycle/page-surroundings.ts";
import type { Signal, Surroundings } from "../../client/lifecycle/surroundings.ts";
import { Control_Action as Action, PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createClientBench, outcomeOf, type ClientBench } from "./bench.ts";

/** A page: two event targets, and a time of day that can jump. */
function createPage() {
  const clock = createVirtualClock();
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  let jumpedMs = 0;
  const signals: Signal[] = [];
  const surroundings = createPageSurroundings({
    window,
    document,
    clock,
    timeOfDay: () => clock.now() + jumpedMs,
  });
  return {
    clock,
    window,
    document,
    signals,
    watch: () => surroundings.watch((signal) => signals.push(signal)),
    sleep: (ms: number) => (jumpedMs += ms),
    show(state: "visible" | "hidden") {
      document.visibilityState = state;
      document.dispatchEvent(new Event("visibilitychange"));
    },
  };
}

/** Surroundings done by hand. */
function createManual() {
  let tell: ((signal: Signal) => void) | undefined;
  const surroundings: Surroundings = {
    watch(listener) {
      tell = listener;
      return () => (tell = undefined);
    },
  };
  return {
    surroundings,
    tell: (signal: Signal) => tell?.(signal),
    get watched() {
      return tell !== undefined;
    },
  };
}

/** A browser client on a bench, in surroundings done by hand. */
async function start(options: ConnectOptions = {}) {
  const bench = createClientBench();
  const manual = createManual();
  const connecting = connect("fake:1", {
    clientId: "ann",
    dialer: bench.server,
    clock: bench.clock,
    random: () => 0.5,
    log: { debug() {}, info() {}, warn() {} },
    surroundings: manual.surroundings,
    ...options,
  });
  connecting.catch(() => undefined);
  await bench.settle();
  return { bench, manual, client: await connecting };
}

async function finish(parts: {
  bench: ClientBench;
  manual: { readonly watched: boolean };
  client: Client;
}): Promise<void> {
  await parts.bench.finish(parts.client);
  assert.equal(parts.manual.watched, false, "still watched");
}

const beats = (bench: ClientBench) => bench.server.last.all("heartbeat").length;
const controls = (bench: ClientBench) =>
  bench.server.last.all("control").map(({ value }) => value.action);

suite("client: what a page tells", () => {
  test("hidden, shown, the network, and the way back from the page cache", () => {
    const page = createPage();
    const unwatch = page.watch();
    page.show("hidden");
    page.show("visible");
    page.window.dispatchEvent(new Event("offline"));
    page.window.dispatchEvent(new Event("online"));
    page.window.dispatchEvent(new Event("pagehide"));
    page.window.dispatchEvent(new Event("pageshow"));
    page.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    const all = ["hidden", "shown", "network", "network", "hidden", "shown"];
    assert.deepEqual(page.signals, all);
    unwatch();
    page.show("hidden");
    page.window.dispatchEvent(new Event("online"));
    assert.equal(page.signals.length, all.length);
    assert.equal(page.clock.pendingTimers, 0);
  });

  test("a page that is hidden from the start says so", () => {
    const page = createPage();
    page.document.visibilityState = "hidden";
    page.watch()();
    assert.deepEqual(page.signals, ["hidden"]);
  });

  test("a jump of the time of day is a sleep; an ordinary delay is none", () => {
    const page = createPage();
    const unwatch = page.watch();
    page.clock.advance(60_000);
    page.sleep(4_999);
    page.clock.advance(60_000);
    assert.deepEqual(page.signals, []);
    page.sleep(3_600_000);
    page.clock.advance(5_000);
    assert.deepEqual(page.signals, ["woke"]);
    page.clock.advance(60_000);
    page.sleep(-3_600_000);
    page.clock.advance(60_000);
    assert.deepEqual(page.signals, ["woke"]);
    unwatch();
    assert.equal(page.clock.pendingTimers, 0);
  });
});

suite("client: in a page", () => {
  for (const signal of ["network", "woke", "shown"] as const) {
    test(`HB-4: after "${signal}" a server that is gone is noticed in 3 s`, async () => {
      const parts = await start();
      const { bench, manual, client } = parts;
      await bench.advance(10_000);
      const before = beats(bench);
      manual.tell(signal);
      manual.tell(signal);
      await bench.advance(2_999);
      assert.equal(beats(bench), before + 1, "asks once");
      assert.equal(client.state, "live");
      await bench.advance(1);
      assert.equal(client.state, "resuming");
      await bench.advance(100);
      assert.equal(client.state, "live");
      await finish(parts);
    });
  }

  test("HB-4: a server that answers is kept", async () => {
    const parts = await start();
    const { bench, manual, client } = parts;
    await bench.advance(10_000);
    manual.tell("woke");
    await bench.advance(1_000);
    bench.server.last.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: 1 } } });
    await bench.advance(10_000);
    assert.equal(client.state, "live");
    assert.equal(bench.server.connections.length, 1);
    await finish(parts);
  });

  test("a client that waits for its next try does not wait any longer", async () => {
    const parts = await start({ backoff: { initialMs: 60_000, maxMs: 60_000 } });
    const { bench, manual, client } = parts;
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(client.state, "resuming");
    manual.tell("network");
    await bench.settle();
    assert.equal(client.state, "live");
    await finish(parts);
  });

  test("PR-1: pauseWhenHidden pauses all sessions and those to come, and lets them go on", async () => {
    const parts = await start({ pauseWhenHidden: true });
    const { bench, manual, client } = parts;
    const session = await bench.join(client);
    manual.tell("hidden");
    await bench.settle();
    assert.deepEqual(controls(bench), [Action.PAUSE]);
    assert.equal(bench.server.last.all("control")[0]?.value.mode, PauseMode.BUFFER);
    await bench.join(client, { sessionId: "late" });
    await bench.settle();
    assert.deepEqual(controls(bench), [Action.PAUSE, Action.PAUSE]);
    assert.equal(session.status, "active", "for its user nothing has changed");
    manual.tell("shown");
    await bench.settle();
    assert.deepEqual(controls(bench).slice(2), [Action.RESUME, Action.RESUME]);
    await finish(parts);
  });

  test("PR-1: a session its user has paused stays paused when the page is shown", async () => {
    const parts = await start({ pauseWhenHidden: true });
    const { bench, manual, client } = parts;
    const session = await bench.join(client);
    const pausing = session.pause();
    await bench.settle();
    const value = { action: Action.PAUSED, mode: PauseMode.BUFFER };
    bench.server.last.send({ sessionId: "1", body: { case: "control", value } });
    await bench.settle();
    assert.equal(await outcomeOf(pausing), "resolved");
    manual.tell("hidden");
    manual.tell("shown");
    await bench.settle();
    assert.deepEqual(controls(bench), [Action.PAUSE]);
    assert.equal(session.status, "paused");
    await finish(parts);
  });

  test("without pauseWhenHidden everything flows in a hidden page", async () => {
    const parts = await start();
    const { bench, manual, client } = parts;
    await bench.join(client);
    manual.tell("hidden");
    await bench.settle();
    assert.deepEqual(controls(bench), []);
    await finish(parts);
  });

  test("outside of a page connect() wants a target", async () => {
    await assert.rejects(connect(), { code: "invalid-config" });
    await assert.rejects(connect({ clientId: "ann" }), { code: "invalid-config" });
  });
});

suite("client: something like a page", () => {
  for (const [what, page] of [
    ["nothing of a page", {}],
    ["a global scope without events", { window: {} }],
    ["a document that is a stub", { window: new EventTarget(), document: {} }],
  ] as const) {
    test(`${what} tells of sleep all the same`, () => {
      const clock = createVirtualClock();
      let jumpedMs = 0;
      const timeOfDay = () => clock.now() + jumpedMs;
      const signals: Signal[] = [];
      const stop = createPageSurroundings({ ...page, clock, timeOfDay }).watch((signal) =>
        signals.push(signal),
      );
      jumpedMs = 60_000;
      clock.advance(5_000);
      assert.deepEqual(signals, ["woke"]);
      stop();
    });
  }
});
