import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { Busiest } from "../../server/observe/busiest.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { createAdminBench, type AdminBench } from "./admin-bench.ts";

describe("WatchStats", () => {
  const watch = (admin: AdminBench, request: Parameters<AdminBench["client"]["watchStats"]>[0]) =>
    admin.read((options) => admin.client.watchStats(request, options));

  it("AD-2: the first message at once, then one in each interval; one sampler for all who want the same", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const first = watch(admin, { intervalMs: 200 });
    await admin.advance(0);
    assert.equal(first.messages.length, 1);
    const second = watch(admin, { intervalMs: 200 });
    await admin.advance(1_000);
    assert.equal(first.messages.length, 6);
    assert.equal(second.messages.length, 6);
    assert.equal(admin.meters, 1, "one meter for both");
    assert.equal(first.messages.at(-1)?.node?.cpu, 200, "over the interval");
    const other = watch(admin, { intervalMs: 100 });
    await admin.advance(0);
    assert.equal(admin.meters, 2);
    for (const reading of [first, second, other]) reading.cancel();
    await admin.advance(1);
    assert.deepEqual([admin.meters, admin.service.watches], [0, 0]);
    assert.equal(admin.bench.clock.pendingTimers, 0, "nobody watches, nothing runs");
    await admin.finish();
  });

  it("AD-2: who reads slowly gets the newest, and what the journal holds since its last message", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const slow = watch(admin, { intervalMs: 100 });
    await admin.advance(0);
    slow.hold(true);
    await admin.advance(300);
    const heldAt = slow.messages.length;
    for (const client of ["ann", "bob"]) {
      admin.bench.connect(client);
      await admin.advance(1_000);
    }
    assert.equal(slow.messages.length, heldAt, "nothing is read");
    slow.hold(false);
    await admin.advance(50);
    const after = slow.messages.slice(heldAt);
    assert.ok(after.length <= 3, `${after.length} were waiting`);
    assert.equal(after.at(-1)?.connectionsTotal, 2);
    const journal = slow.messages.flatMap((message) => message.journal);
    assert.deepEqual(
      journal.map(({ kind, clientId, number }) => `${number} ${kind} ${clientId}`),
      ["1 connected ann", "2 connected bob"],
    );
    await admin.finish();
  });

  it("AD-2: totals count all, rows are those that tell most", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const clients = ["ann", "bob", "cid"].map((name) => admin.bench.connect(name));
    const [ann, bob, cid] = clients;
    for (const client of clients) client.join("1", { roomType: "echo", roomId: "big" });
    bob?.join("2", { roomType: "echo", roomId: "small" });
    bob?.pause("1");
    ann?.input("1", 1, "x");
    ann?.input("1", 2, "x");
    cid?.cut();
    const reading = watch(admin, { rowsMax: 1, intervalMs: 1_000 });
    await admin.advance(0);
    const [message] = reading.messages;
    assert.ok(message !== undefined);
    assert.deepEqual(
      [message.connectionsTotal, message.sessionsTotal, message.roomsTotal, message.lagMax],
      [2, 4, 2, 2n],
    );
    assert.deepEqual(message.sessionsByState, { active: 2, paused: 1, detached: 1 });
    assert.deepEqual(
      message.rooms.map(({ roomId, players, lagMax }) => [roomId, players, lagMax]),
      [["big", 3, 2n]],
    );
    assert.deepEqual(
      message.sessions.map(({ key, state, lag, connectionId }) => [key, state, lag, connectionId]),
      [["bob:1", "paused", 2n, bob?.last("welcome").connectionId]],
    );
    assert.equal(message.counters["roomline_inputs_applied_total"], 2n);
    assert.equal(message.counters['roomline_session_verdicts_total{verdict="fresh"}'], 4n);
    assert.equal(
      message.counters['roomline_connections_closed_total{reason="connection-lost"}'],
      1n,
    );
    await admin.finish();
  });

  it("AD-2, HB-1: rows have bytes both ways, and the round trip, which is asked for while somebody watches", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const ann = admin.bench.connect("ann");
    const reading = watch(admin, { intervalMs: 100 });
    await admin.advance(0);
    const [asked] = ann.all("heartbeat");
    assert.ok(asked !== undefined && asked.echoMs === 0, "the client is asked");
    await admin.advance(40);
    ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: asked.timeMs + 7 } } });
    ann.send({ body: { case: "heartbeat", value: { timeMs: 1, echoMs: asked.timeMs } } });
    await admin.advance(60);
    const row = reading.messages.at(-1)?.connections[0];
    assert.equal(row?.roundTripMs, 40);
    assert.ok(row.bytesIn > 0n && row.bytesOut > row.bytesIn);
    assert.deepEqual([row.protocol, row.address, row.rateDivisor], ["memory", "test", 1]);
    await admin.advance(4_800);
    assert.equal(ann.all("heartbeat").length, 1, "no more often than every 5 s");
    await admin.advance(200);
    assert.equal(ann.all("heartbeat").length, 2);
    await admin.finish();
  });

  it("AD-2: a seat whose player has no connection is not behind anything", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const [ann, bob] = [admin.bench.connect("ann"), admin.bench.connect("bob")];
    for (const client of [ann, bob]) client.join("1", { roomType: "echo", roomId: "r" });
    ann.cut();
    for (let seq = 1; seq <= 5; seq++) bob.input("1", seq, "x");
    const reading = watch(admin, {});
    await admin.advance(100);
    const message = reading.messages.at(-1);
    assert.ok(message !== undefined);
    assert.deepEqual(
      message.sessions.map(({ clientId, state, lag }) => [clientId, state, lag]).sort(),
      [
        ["ann", "detached", 0n],
        ["bob", "active", 0n],
      ],
    );
    assert.deepEqual([message.lagMax, message.rooms[0]?.lagMax], [0n, 0n]);
    await admin.finish();
  });

  it("AD-2: a client that does not read shows by its outbox, and its session by its lag", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const ann = admin.bench.connect("ann");
    const deaf = admin.bench.dial({ highWaterBytes: 64 });
    const hello = { protocolVersion: 1, clientId: "deaf" };
    deaf.send({ body: { case: "hello", value: hello } });
    for (const client of [ann, deaf]) client.join("1", { roomType: "echo", roomId: "r" });
    deaf.transport.pauseReading();
    const reading = watch(admin, { intervalMs: 100, rowsMax: 1 });
    for (let seq = 1; seq <= 20; seq++) ann.input("1", seq, "x".repeat(40));
    await admin.advance(100);
    const message = reading.messages.at(-1);
    assert.ok(message !== undefined);
    const [connection] = message.connections;
    const [session] = message.sessions;
    assert.deepEqual([connection?.clientId, session?.key], ["deaf", "deaf:1"]);
    assert.ok((connection?.outboxBytes ?? 0n) > 0n && (session?.lag ?? 0n) > 10n);
    assert.deepEqual(
      [message.lagMax, message.outboxBytes],
      [session?.lag, connection?.outboxBytes],
    );
    await admin.finish();
  });

  it("AD-2: steps of the tick loops since the last message", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const reading = watch(admin, { intervalMs: 100 });
    await admin.advance(0);
    for (const ms of [1, 2, 30]) admin.ticks.observer.onStep(ms, 1);
    await admin.advance(100);
    const ticks = reading.messages[1]?.ticks;
    assert.equal(ticks?.steps, 3n);
    assert.ok(Math.abs(ticks.maxMs - 30) < 0.1 && Math.abs(ticks.p50Ms - 2) < 0.1);
    await admin.advance(100);
    assert.equal(reading.messages[2]?.ticks?.steps, 0n);
    await admin.finish();
  });

  it("AD-8: who takes nothing for the send timeout is cut, and others get its place", async () => {
    const admin = createAdminBench({
      rooms: { echo: createEchoRoom() },
      limits: { adminWatchesMax: 2, sendTimeoutMs: 1_000 },
    });
    admin.bench.connect("ann").join("1", { roomType: "echo", roomId: "r" });
    const room = admin.read((options) => admin.client.watchRoom({ roomId: "r" }, options));
    const stats = watch(admin, { intervalMs: 100 });
    for (const reading of [room, stats]) reading.hold(true);
    await admin.advance(900);
    assert.deepEqual([admin.cuts, admin.service.watches, admin.meters], [0, 2, 1]);
    await admin.advance(200);
    assert.deepEqual([admin.cuts, admin.service.watches, admin.meters], [2, 0, 0]);
    const next = watch(admin, {});
    await admin.advance(0);
    assert.equal(next.messages.length, 1);
    await admin.finish();
  });

  it("AD-2: intervals, rows and open watches are bounded", async () => {
    const admin = createAdminBench({
      rooms: { echo: createEchoRoom() },
      limits: { adminWatchesMax: 1 },
    });
    const wrong = [watch(admin, { intervalMs: 99 }), watch(admin, { rowsMax: 1_001 })];
    await admin.advance(0);
    for (const { error } of wrong) assert.equal(error?.code, Code.InvalidArgument);
    watch(admin, {});
    const second = watch(admin, {});
    await admin.advance(0);
    assert.equal(second.error?.code, Code.ResourceExhausted);
    await admin.finish();
    assert.equal(admin.service.watches, 0);
  });
});

it("Top keeps the greatest of many, equals in their order", () => {
  const top = new Busiest<string>(3);
  for (let i = 0; i < 1_000; i++) top.add(`i${i}`, (i * 7_919) % 1_000);
  assert.deepEqual(
    top.take().map((item) => (Number(item.slice(1)) * 7_919) % 1_000),
    [999, 998, 997],
  );
  const equal = new Busiest<string>(2);
  for (const item of ["a", "b", "c", "d", "e"]) equal.add(item, 0);
  assert.deepEqual(equal.take(), ["a", "b"]);
  const none = new Busiest<string>(0);
  none.add("a", 1);
  assert.deepEqual(none.take(), []);
});
