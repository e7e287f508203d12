import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Dashboard } from "../../monitor/model/dashboard.ts";
import { nodeRows, shortName } from "../../monitor/model/node-rows.ts";
import { pointOf } from "../../monitor/model/point.ts";
import { readSample, serverName } from "../../monitor/model/sample.ts";
import { JournalEntrySchema, NodeReportSchema } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { statsAt } from "./stats.ts";

/** A node with what it has sent so far. */
const report = (node: string, sent: bigint, startedAtMs = 1n) =>
  create(NodeReportSchema, {
    node: { node, startedAtMs },
    connectionsTotal: 2,
    counters: { roomline_messages_sent_total: sent },
  });

const ofNodes = (seconds: number, ...nodes: readonly ReturnType<typeof report>[]) =>
  statsAt(seconds, {
    node: { node: "", startedAtMs: 1n },
    nodes: [...nodes],
    nodeNames: ["a", "b", "c"],
    counters: {
      roomline_messages_sent_total: nodes.reduce(
        (sum, { counters }) => sum + (counters["roomline_messages_sent_total"] ?? 0n),
        0n,
      ),
    },
  });

test("growth is that of the nodes that were there before: one that comes, goes or starts anew is no peak and no drop", () => {
  const before = readSample(ofNodes(0, report("a", 100n), report("b", 1_000n)));
  const growth = (...nodes: readonly ReturnType<typeof report>[]) =>
    pointOf(before, readSample(ofNodes(2, ...nodes)), false).messagesOut;
  assert.equal(growth(report("a", 300n), report("b", 1_200n)), 200);
  assert.equal(growth(report("a", 300n)), 100, "one did not answer");
  assert.equal(growth(report("a", 300n), report("b", 1_000n), report("c", 90_000n)), 100);
  assert.equal(growth(report("a", 300n), report("b", 5_000n, 2n)), 100, "another life");
  assert.equal(growth(report("c", 5n)), null);
});

test("a server of one process is its only node", () => {
  const sample = readSample(statsAt(0, { connectionsTotal: 3 }));
  assert.deepEqual(
    sample.nodes.map(({ node, levels }) => [node.node, levels.connections]),
    [["a", 3]],
  );
  assert.deepEqual([sample.nodeNames, serverName(sample)], [["a"], "a"]);
});

test("the nodes of the table: those that are shown, those that are silent, and those that were not chosen", () => {
  const all = readSample({ ...ofNodes(0, report("a", 1n), report("b", 1n)), missing: ["c"] });
  assert.equal(serverName(all), "3 nodes");
  assert.deepEqual(
    nodeRows(all).map(({ node, state, sample }) => [node, state, sample?.levels.connections]),
    [
      ["a", "healthy", 2],
      ["b", "healthy", 2],
      ["c", "no answer", undefined],
    ],
  );
  const edge = report("a", 1n);
  if (edge.node !== undefined) edge.node.edge = true;
  assert.deepEqual(
    nodeRows(readSample(ofNodes(0, edge, report("b", 1n)))).map(({ state }) => state),
    ["players only", "healthy", "not shown"],
    "under roomline dev",
  );
  const draining = report("b", 1n);
  if (draining.node !== undefined) draining.node.draining = true;
  const one = readSample({ ...ofNodes(0, draining), missing: [] });
  assert.deepEqual(
    nodeRows(one).map(({ state }) => state),
    ["not shown", "draining", "not shown"],
  );
});

test("whoever turns to another node keeps what was shown until that has come, and then nothing of it", () => {
  const dashboard = new Dashboard();
  const joined = (node: string) => ({ node, number: 1n, kind: "joined", clientId: node });
  dashboard.take({
    ...ofNodes(0, report("a", 1n)),
    journal: [create(JournalEntrySchema, joined("a"))],
  });
  const before = dashboard.take(ofNodes(1, report("a", 2n)));
  dashboard.turn();
  assert.equal(dashboard.view, before);
  assert.equal(dashboard.history.times.length, 2);
  dashboard.begin();
  const after = dashboard.take({
    ...ofNodes(2, report("b", 9n)),
    journal: [create(JournalEntrySchema, joined("b"))],
  });
  assert.deepEqual(
    after.journal.map(({ clientId }) => clientId),
    ["b"],
  );
  assert.equal(dashboard.history.times.length, 1);
  assert.equal(dashboard.history.last("messagesOut"), null);
});

test("names in little room lose what they all begin with, up to where a word ends", () => {
  const names = ["game-7f3a-1", "game-7f3a-10"];
  assert.deepEqual(
    names.map((name) => shortName(name, names)),
    ["…-1", "…-10"],
  );
  assert.deepEqual(
    ["alpha", "beta"].map((name) => shortName(name, ["alpha", "beta"])),
    ["alpha", "beta"],
  );
  assert.equal(shortName("game-1", ["game-1"]), "game-1", "alone it is not short for anything");
});
