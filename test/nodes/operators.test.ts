import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JournalEntry, WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import type { OperatorAnswers } from "../../server/nodes/node-calls.ts";
import { createAdminOn, refusal, type AdminOn, type Reading } from "../admin/admin-bench.ts";
import type { WireClient } from "../engine/harness.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import type { SimulatedNode } from "../simulation/nodes.ts";
import { createThree } from "./three-nodes.ts";

/** Three nodes with an admin service each. Ann is at the first with two sessions, bob at the second, cid at the third; all in one room. */
async function createScene() {
  const three = createThree({
    rooms: { echo: createEchoRoom(undefined, { tickRateHz: 0, portable: true }) },
    authenticate: ({ clientId }) => ({ clientId }),
  });
  await three.settle();
  const admins = new Map<string, AdminOn>();
  const adminAt = ({ name, node, engine }: SimulatedNode): AdminOn => {
    const known = admins.get(name.life);
    if (known !== undefined) return known;
    const made = createAdminOn({ engine, clock: three.clock, node });
    admins.set(name.life, made);
    return made;
  };
  const [first, second, third] = [three.at(0), three.at(1), three.at(2)];
  const clients: Record<"ann" | "bob" | "cid", WireClient> = {
    ann: await three.connect(first, "ann"),
    bob: await three.connect(second, "bob"),
    cid: await three.connect(third, "cid"),
  };
  for (const client of Object.values(clients)) {
    client.join("1", { roomType: "echo", roomId: "r" });
    await three.settle();
  }
  clients.ann.join("2", { roomType: "echo", roomId: "other" });
  await three.settle();
  for (const node of three.nodes.all) adminAt(node);
  const admin = adminAt(first);
  const { client } = admin;
  /** What it resolves to, with the clock running until it does. */
  const asked = async <T>(answer: Promise<T>, ms = 200): Promise<T> => {
    const outcome = Promise.allSettled([answer]);
    await three.settle(ms);
    const [settled] = await outcome;
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  };
  return {
    ...three,
    ...{ first, second, third, clients, client, asked, adminAt },
    watch: (request: Parameters<typeof client.watchStats>[0]): Reading<WatchStatsResponse> =>
      admin.read((options) => client.watchStats(request, options)),
    /** This node answers nothing of these kinds any more. */
    mute(node: SimulatedNode, ...methods: (keyof OperatorAnswers)[]) {
      const { answers } = adminAt(node).service;
      const never = () => new Promise(() => undefined);
      const muted = Object.fromEntries(methods.map((method) => [method, never]));
      node.node.serve({ ...answers, ...muted });
    },
    async end() {
      for (const admin of admins.values()) admin.cancel();
      await three.settle();
      const left = [...admins.values()].map(({ service, meters }) => [service.served, meters]);
      assert.deepEqual(
        left,
        left.map(() => [0, 0]),
        "nobody watches, and no node measures for anybody",
      );
      await three.finish();
    },
  };
}

const newest = ({ messages, error }: Reading<WatchStatsResponse>): WatchStatsResponse => {
  const message = messages.at(-1);
  assert.ok(message, `no message came: ${error?.message ?? ""}`);
  return message;
};

describe("operators of several nodes", () => {
  it("AD-11: lists are those of all nodes, each row with its node, or those of one", async () => {
    const at = await createScene();
    const { connections, total, missing } = await at.asked(at.client.listConnections({}));
    assert.deepEqual(connections.map(({ clientId, node }) => `${clientId} ${node}`).sort(), [
      "ann n0",
      "bob n1",
      "cid n2",
    ]);
    assert.deepEqual([total, missing], [3, []]);
    const sessions = await at.asked(at.client.listSessions({ roomId: "r" }));
    assert.deepEqual(sessions.sessions.map(({ key, node }) => `${key} ${node}`).sort(), [
      "ann:1 n0",
      "bob:1 n1",
      "cid:1 n2",
    ]);
    const ofOne = await at.asked(at.client.listSessions({ node: "n1" }));
    assert.deepEqual(
      ofOne.sessions.map(({ key }) => key),
      ["bob:1"],
    );
    const own = await at.asked(at.client.listConnections({ node: "n0" }));
    assert.deepEqual([own.connections.map(({ clientId }) => clientId), own.total], [["ann"], 1]);
    const few = await at.asked(at.client.listSessions({ limit: 2 }));
    assert.deepEqual([few.sessions.length, few.total], [2, 4], "bounded over all");
    const rooms = await at.asked(at.client.listRoomStats({}));
    const nodeOf = (roomId: string) => at.nodes.hostOf(roomId)?.name.node;
    assert.deepEqual(
      rooms.rooms.map(({ roomId, node }) => [roomId, node]).sort(),
      ["other", "r"].map((roomId) => [roomId, nodeOf(roomId)]),
    );
    const node = nodeOf("r") ?? "";
    const there = await at.asked(at.client.listRoomStats({ node }));
    assert.deepEqual(
      there.rooms.map((room) => room.node),
      there.rooms.map(() => node),
    );
    assert.ok(there.rooms.some(({ roomId }) => roomId === "r"));
    await at.end();
  });

  it("AD-11: a node that does not answer in time is named, and the others' rows are there", async () => {
    const at = await createScene();
    at.mute(at.second, "connections", "sessions");
    const { connections, total, missing } = await at.asked(at.client.listConnections({}), 3_000);
    assert.deepEqual(connections.map(({ clientId }) => clientId).sort(), ["ann", "cid"]);
    assert.deepEqual([total, missing], [2, ["n1"]]);
    const ofIt = await at.asked(at.client.listSessions({ node: "n1" }), 3_000);
    assert.deepEqual([ofIt.sessions, ofIt.total, ofIt.missing], [[], 0, ["n1"]]);
    await at.end();
  });

  it("AD-11: a node that there is not is refused by name", async () => {
    const at = await createScene();
    for (const ask of [
      at.client.listConnections,
      at.client.listSessions,
      at.client.listRoomStats,
    ]) {
      assert.equal(await at.asked(refusal(ask({ node: "n7" }))), "NotFound unknown-node");
    }
    const watch = at.watch({ node: "n7" });
    await at.settle();
    assert.match(watch.error?.rawMessage ?? "", /no node "n7".* There is n0, n1, n2\./);
    await at.end();
  });

  it("AD-5, AD-11: CloseConnection ends one at any node, and the journal says who did it before it says that it ended", async () => {
    const at = await createScene();
    const { connectionId } = at.clients.bob.last("welcome");
    const watch = at.watch({ intervalMs: 100 });
    await at.settle();
    watch.messages.length = 0;
    await at.asked(at.client.closeConnection({ connectionId, message: "Moving you." }));
    assert.deepEqual(
      [at.clients.bob.closeName, at.clients.bob.closed?.detail],
      ["draining", "Moving you."],
    );
    await at.settle();
    const told = watch.messages.flatMap(({ journal }) => journal);
    assert.deepEqual(
      told
        .filter((entry) => entry.connectionId === connectionId)
        .map(({ kind, node, clientId, operator }) => [kind, node, clientId, operator]),
      [
        ["admin", "n0", "bob", "anna"],
        ["closed", "n1", "bob", ""],
      ],
    );
    const cid = at.clients.cid.last("welcome").connectionId;
    await at.asked(at.client.closeConnection({ connectionId: cid, forbid: true }));
    assert.equal(at.clients.cid.closeName, "forbidden");
    assert.equal((await at.asked(at.client.listSessions({ clientId: "cid" }))).total, 0);
    assert.equal(
      await at.asked(refusal(at.client.closeConnection({ connectionId }))),
      "NotFound connection-closed",
    );
    await at.end();
  });

  it("AD-5, AD-11: a connection that may be at a node that does not answer is not said to be nowhere", async () => {
    const at = await createScene();
    at.mute(at.second, "findConnection");
    const { connectionId } = at.clients.cid.last("welcome");
    await at.asked(at.client.closeConnection({ connectionId }), 3_000);
    assert.equal(at.clients.cid.closeName, "draining");
    assert.equal(
      await at.asked(refusal(at.client.closeConnection({ connectionId })), 3_000),
      "Unavailable unavailable",
    );
    await at.end();
  });

  it("AD-4, AD-5, AD-9, AD-11: Publish, KickPlayer, CloseRoom and RevokeClient reach rooms and clients at any node", async () => {
    const at = await createScene();
    for (const node of at.nodes.all) {
      const { client } = at.adminAt(node);
      const payload = {
        case: "json",
        value: { kind: { case: "stringValue", value: "hi" } },
      } as const;
      await at.asked(client.publish({ roomId: "r", kind: "said", payload }));
    }
    await at.settle();
    assert.deepEqual(at.clients.cid.texts("1"), ["hi", "hi", "hi"]);
    await at.asked(at.client.kickPlayer({ roomId: "r", playerId: "cid", message: "Be nice." }));
    await at.settle();
    assert.equal(at.clients.cid.last("left").code, 4601);
    const revoked = await at.asked(at.client.revokeClient({ clientId: "bob" }));
    assert.deepEqual([revoked.connections, revoked.missing], [1, []], "at another node");
    assert.equal(at.clients.bob.closeName, "forbidden");
    for (const node of at.nodes.all) {
      const again = await at.connect(node, "bob");
      assert.equal(again.closeName, "unauthenticated", node.name.node);
    }
    for (const roomId of ["r", "other"]) await at.asked(at.client.closeRoom({ roomId }));
    await at.settle();
    assert.deepEqual(
      at.clients.ann.all("left").map(({ code }) => code),
      [4200, 4200],
    );
    await at.end();
  });

  it("AD-9, AD-11: a node that begins after a revocation knows of it, for as long as the others do", async () => {
    const at = await createScene();
    await at.asked(at.client.revokeClient({ clientId: "bob", forMs: 60_000 }));
    at.nodes.kill(at.second);
    await at.settle(11_000);
    const anew = at.nodes.all.at(-1);
    assert.ok(anew?.name.node === "n1" && !anew.isDead);
    at.adminAt(anew);
    assert.equal((await at.connect(anew, "bob")).closeName, "unauthenticated");
    // What it was told is also what it tells: of those that knew from the beginning none is left.
    for (const node of [at.first, at.third]) at.nodes.kill(node);
    await at.settle(11_000);
    const [last] = at.nodes.all.filter(({ name }) => name.node === "n0").slice(-1);
    assert.ok(last !== undefined && !last.isDead);
    assert.equal((await at.connect(last, "bob")).closeName, "unauthenticated");
    for (const node of at.nodes.all) if (!node.isDead) at.adminAt(node);
    await at.settle(40_000);
    const back = await at.connect(last, "bob");
    assert.equal(back.closeName, "", "it is over at the same time everywhere");
    await at.end();
  });

  it("AD-12: WatchStats of all nodes sums what can be summed, and has a report of each", async () => {
    const at = await createScene();
    at.clients.ann.input("1", 1, "x");
    at.clients.bob.pause("1");
    at.clients.cid.input("1", 1, "x");
    await at.settle();
    const all = at.watch({ intervalMs: 200 });
    await at.settle(500);
    const message = newest(all);
    assert.deepEqual(
      [message.connectionsTotal, message.sessionsTotal, message.roomsTotal],
      [3, 4, 2],
    );
    assert.deepEqual(message.sessionsByState, { active: 3, paused: 1, detached: 0 });
    assert.equal(message.counters["roomline_connections_accepted_total"], 3n);
    assert.equal(message.counters["roomline_inputs_applied_total"], 2n);
    assert.deepEqual(
      message.nodes.map((report) => [
        report.node?.node,
        report.connectionsTotal,
        report.sessionsTotal,
        report.counters["roomline_connections_accepted_total"],
      ]),
      [
        ["n0", 1, 2, 1n],
        ["n1", 1, 1, 1n],
        ["n2", 1, 1, 1n],
      ],
    );
    assert.deepEqual([message.nodeNames, message.missing], [["n0", "n1", "n2"], []]);
    // The meters of the bench say how long it was since the last look; that is the same at all.
    assert.deepEqual([message.node?.node, message.node?.cpu], ["", 600]);
    assert.deepEqual([message.node?.loopDelayP99Ms, message.node?.rssBytes], [4, 3n]);
    assert.deepEqual(
      message.connections.map(({ clientId, node }) => `${clientId} ${node}`).sort(),
      ["ann n0", "bob n1", "cid n2"],
    );
    // Bob is at another node than the room perhaps, and two events behind it.
    const room = message.rooms.find(({ roomId }) => roomId === "r");
    assert.deepEqual([room?.lagMax, message.lagMax], [2n, 2n]);
    assert.equal(room?.node, at.nodes.hostOf("r")?.name.node);
    const few = at.watch({ intervalMs: 200, rowsMax: 1 });
    await at.settle(500);
    assert.deepEqual(
      newest(few).sessions.map(({ key }) => key),
      ["bob:1"],
      "of all nodes the one that tells most",
    );
    assert.deepEqual([newest(few).connections.length, newest(few).rooms.length], [1, 1]);
    await at.end();
  });

  it("AD-12: WatchStats of one node is that of this one alone, with the names of all", async () => {
    const at = await createScene();
    const own = at.watch({ node: "n0", intervalMs: 100 });
    const other = at.watch({ node: "n1", intervalMs: 100 });
    await at.settle();
    for (const [watch, node, sessions] of [
      [own, "n0", 2],
      [other, "n1", 1],
    ] as const) {
      const message = newest(watch);
      assert.deepEqual([message.node?.node, message.sessionsTotal], [node, sessions]);
      assert.deepEqual(message.nodeNames, ["n0", "n1", "n2"]);
      assert.deepEqual(
        message.nodes.map((report) => report.node?.node),
        [node],
      );
      const nodes = watch.messages.flatMap(({ journal }) => journal.map((entry) => entry.node));
      assert.deepEqual([...new Set(nodes)], [node]);
    }
    assert.equal(at.adminAt(at.third).meters, 0, "who is not asked for measures nothing");
    await at.end();
  });

  it("AD-12: the journal is one: each entry once, in order, with its node, also for who comes later and who reads slowly", async () => {
    const at = await createScene();
    const keys = (entries: readonly JournalEntry[]) =>
      entries.map(({ node, number }) => `${node} ${number}`);
    const watch = at.watch({ intervalMs: 100 });
    const slow = at.watch({ intervalMs: 100 });
    await at.settle();
    const [first] = watch.messages;
    assert.ok(first);
    assert.deepEqual(
      [...new Set(first.journal.map(({ node }) => node))].sort(),
      ["n0", "n1", "n2"],
      "what was before",
    );
    slow.hold(true);
    for (let turn = 1; turn <= 5; turn++) {
      const clients = [at.first, at.second, at.third].map((node, index) =>
        at.connect(node, `guest-${turn}-${index}`),
      );
      await Promise.all(clients);
    }
    slow.hold(false);
    await at.settle();
    const late = at.watch({ intervalMs: 100, journalMax: 1_000 });
    await at.settle();
    const happened = at.nodes.all.flatMap(({ name, engine }) =>
      engine.journal.after(0).map(({ number }) => `${name.node} ${number}`),
    );
    for (const reading of [watch, slow, late]) {
      const told = reading.messages.flatMap(({ journal }) => journal);
      assert.equal(new Set(keys(told)).size, told.length, "none twice");
      assert.deepEqual(keys(told).sort(), happened.sort(), "none missing");
      for (const { journal } of reading.messages) {
        const times = journal.map(({ timeMs }) => timeMs);
        assert.deepEqual(
          times,
          [...times].sort((a, b) => Number(a - b)),
        );
      }
    }
    const begun = at.watch({ intervalMs: 100, journalMax: 4 });
    await at.settle();
    assert.equal(begun.messages[0]?.journal.length, 4);
    await at.end();
  });

  it("AD-12: a node that does not answer is named, holds up one message, is not asked twice, and loses no entry", async () => {
    const at = await createScene();
    const watch = at.watch({ intervalMs: 200 });
    await at.settle();
    const { answers } = at.adminAt(at.second).service;
    let asked = 0;
    const answer: ((value: unknown) => void)[] = [];
    at.second.node.serve({
      ...answers,
      stats: (ask) => {
        asked++;
        return new Promise((resolve) => answer.push(() => resolve(answers.stats(ask))));
      },
    });
    watch.messages.length = 0;
    await at.settle(2_000);
    assert.equal(asked, 1);
    assert.ok(watch.messages.length >= 9, `${watch.messages.length} messages`);
    const without = newest(watch);
    assert.deepEqual([without.missing, without.connectionsTotal], [["n1"], 2]);
    const guest = await at.connect(at.second, "guest");
    at.second.node.serve(answers);
    for (const settle of answer) settle(undefined);
    await at.settle(600);
    assert.deepEqual([newest(watch).missing, newest(watch).connectionsTotal], [[], 4]);
    const told = watch.messages
      .flatMap(({ journal }) => journal)
      .filter(({ clientId }) => clientId === "guest");
    assert.deepEqual(
      told.map(({ kind, node }) => `${kind} ${node}`),
      ["connected n1"],
    );
    guest.cut();
    await at.end();
  });

  it("AD-12: a node that dies leaves the sums, and ends the watch that is of it alone; the one that takes its place comes in", async () => {
    const at = await createScene();
    const all = at.watch({ intervalMs: 200 });
    const alone = at.watch({ intervalMs: 200, node: "n1" });
    await at.settle();
    at.nodes.kill(at.second);
    await at.settle(1_000);
    assert.deepEqual(newest(all).nodeNames, ["n0", "n2"]);
    assert.deepEqual([newest(all).connectionsTotal, newest(all).missing], [2, []]);
    assert.equal(alone.error?.metadata.get("roomline-error"), "unknown-node");
    await at.settle(11_000);
    const again = at.nodes.all.at(-1);
    assert.ok(again?.name.node === "n1" && !again.isDead);
    at.adminAt(again);
    const guest = await at.connect(again, "guest");
    await at.settle(1_000);
    assert.deepEqual(
      newest(all).nodes.map((report) => report.node?.node),
      ["n0", "n1", "n2"],
    );
    const entries = all.messages.flatMap(({ journal }) => journal);
    assert.equal(entries.filter(({ clientId }) => clientId === "guest").length, 1);
    guest.cut();
    await at.end();
  });

  it("AD-12: a node that is asked no more stops measuring by itself", async () => {
    const at = await createScene();
    at.watch({ intervalMs: 100 });
    await at.settle();
    const { service } = at.adminAt(at.third);
    assert.deepEqual([service.served, at.adminAt(at.third).meters], [1, 1]);
    at.nodes.kill(at.first);
    await at.settle(6_000);
    assert.deepEqual([service.served, at.adminAt(at.third).meters], [0, 0]);
    for (const node of at.nodes.all) if (!node.isDead) at.adminAt(node);
    await at.end();
  });

  it("AD-14, MV-1: MoveRoom has a room go on at another node, whichever is asked, and is in the journal", async () => {
    const at = await createScene();
    for (const to of at.nodes.all) {
      const { node } = to.name;
      await at.asked(at.client.moveRoom({ roomId: "r", node }), 2_000);
      assert.equal(at.nodes.hostOf("r")?.name.node, node);
    }
    const rooms = await at.asked(at.client.listRoomStats({}));
    assert.deepEqual(rooms.rooms.map(({ roomId, players }) => [roomId, players]).sort(), [
      ["other", 1],
      ["r", 3],
    ]);
    const stats = at.watch({});
    await at.settle();
    const entries = newest(stats).journal.map(({ kind, detail, operator }) => [
      kind,
      detail,
      operator,
    ]);
    assert.ok(
      entries.some(
        ([kind, detail, by]) => kind === "admin" && detail === "move room to n1" && by !== "",
      ),
    );
    assert.ok(entries.some(([kind, detail]) => kind === "room-moved" && detail === "to n2"));
    assert.equal(
      await refusal(at.asked(at.client.moveRoom({ roomId: "r", node: "n9" }))),
      "NotFound unknown-node",
    );
    assert.equal(
      await refusal(at.asked(at.client.moveRoom({ roomId: "no", node: "n1" }))),
      "NotFound unknown-room",
    );
    await at.end();
  });

  it("AD-3, AD-11: WatchRoom looks into a room at any node, with the lag of players at all", async () => {
    const at = await createScene();
    at.clients.bob.pause("1");
    at.clients.cid.input("1", 1, "x");
    await at.settle();
    for (const node of at.nodes.all) {
      const admin = at.adminAt(node);
      const look = admin.read((options) => admin.client.watchRoom({ roomId: "r" }, options));
      await at.settle();
      const { room } = look.messages[0] ?? {};
      assert.deepEqual(
        [room?.lagMax, room?.node, room?.players],
        [1n, at.nodes.hostOf("r")?.name.node, 3],
        node.name.node,
      );
    }
    const { rooms } = await at.asked(at.client.listRoomStats({}));
    assert.equal(rooms.find(({ roomId }) => roomId === "r")?.lagMax, 1n);
    await at.end();
  });
});
