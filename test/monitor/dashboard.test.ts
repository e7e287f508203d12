import assert from "node:assert/strict";
import { test } from "node:test";
import { Dashboard } from "../../monitor/model/dashboard.ts";
import { createStore } from "../../pages/store.ts";
import { statsAt } from "./stats.ts";

test("a connection's rates come from the message before, and not from another connection", () => {
  const dashboard = new Dashboard();
  const row = (connectionId: string, bytesOut: bigint) => ({ connectionId, bytesOut });
  dashboard.take(statsAt(0, { connections: [row("a", 100n)] }));
  const view = dashboard.take(statsAt(2, { connections: [row("b", 900n), row("a", 500n)] }));
  assert.deepEqual(
    view.connections.map(({ id, bytesOutPerSecond }) => [id, bytesOutPerSecond]),
    [
      ["b", null],
      ["a", 200],
    ],
  );
});

test("a session behind its log and an unacknowledged one are told apart", () => {
  const session = { key: "ann:1", cursor: 40n, lag: 2n, ackedCursor: 35n };
  const [row] = new Dashboard().take(statsAt(0, { sessions: [session] })).sessions;
  assert.deepEqual([row?.cursor, row?.lag, row?.acked, row?.unacked], [40, 2, 35, 5]);
});

test("a room tells how many events its log holds, none included", () => {
  const rooms = [
    { roomId: "a", logHead: 10n, logFirst: 4n },
    { roomId: "b", logHead: 10n, logFirst: 11n },
  ];
  const view = new Dashboard().take(statsAt(0, { rooms }));
  assert.deepEqual(
    view.rooms.map(({ held }) => held),
    [7, 0],
  );
});

test("hours of messages leave a bounded past", () => {
  const dashboard = new Dashboard();
  for (let second = 0; second < 4_000; second++) {
    const entry = { number: BigInt(second + 1), kind: "joined" };
    dashboard.take(statsAt(second, { journal: [entry] }));
  }
  assert.ok(dashboard.history.times.length <= 301);
  assert.equal(dashboard.view?.journal.length, 500);
  assert.equal(dashboard.view.journalSeen, 4_000);
});

test("listeners of a store hear once of many changes, when the schedule lets them", () => {
  const scheduled: (() => void)[] = [];
  const store = createStore(0, (run) => scheduled.push(run));
  const heard: number[] = [];
  const stop = store.subscribe(() => heard.push(store.get()));
  store.set(1);
  store.set(2);
  assert.equal(scheduled.length, 1);
  scheduled[0]?.();
  assert.deepEqual(heard, [2]);
  stop();
  store.set(3);
  assert.equal(scheduled.length, 1, "nobody listens: nothing is scheduled");
});
