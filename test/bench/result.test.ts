import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { RunFigures } from "../../bench/harness/one-run.ts";
import { toRows, type Measured } from "../../bench/harness/result.ts";
import { workloadOf } from "../../bench/workloads/catalogue.ts";
import type { LoadFigures } from "../../bench/workloads/workload.ts";

const workload = workloadOf("arena");
const params = { ...workload.defaults, rounds: 3 };

function round(cpuPerUnit: number, load: Partial<LoadFigures> = {}): RunFigures {
  return {
    server: { cpuMicros: cpuPerUnit * 1_000, elapsedMs: 1_000, rssBytes: 3 * 2 ** 20 },
    load: {
      units: 1_000,
      deliveredShare: 1,
      wireBytes: 300_000,
      problems: [],
      generatorShare: 0.4,
      ...load,
    },
    restBytes: 2 ** 20,
  };
}

function measured(system: string, rounds: RunFigures[]): Measured {
  const isRoomline = system === "roomline";
  return { system, title: system, isRoomline, phase: "", rounds, failures: [] };
}

suite("what the bench makes of its rounds", () => {
  test("figures are medians, ratios are Roomline's figure divided by the other's", () => {
    const rows = toRows(
      [
        measured("roomline", [round(10), round(30), round(12)]),
        measured("peer", [round(24), round(23), round(99)]),
      ],
      workload,
      params,
    );
    assert.deepEqual(
      rows.map(({ cpuUsPerUnit, ratio, valid }) => ({ cpuUsPerUnit, ratio, valid })),
      [
        { cpuUsPerUnit: 12, ratio: 1, valid: true },
        { cpuUsPerUnit: 24, ratio: 0.5, valid: true },
      ],
    );
    assert.equal(rows[0]?.wireBytesPerUnit, 300);
    assert.equal(rows[0].rssMb, 3);
  });

  test("a round in which too little arrived is not part of a median", () => {
    const [row] = toRows(
      [measured("roomline", [round(10), round(1, { deliveredShare: 0.9 }), round(12)])],
      workload,
      params,
    );
    assert.equal(row?.cpuUsPerUnit, 11);
    assert.equal(row.valid, true);
    assert.deepEqual(row.notes, ["only 90 % was delivered"]);
  });

  test("a system that fails in most of its rounds is not valid", () => {
    const lost = { problems: ["3 messages were lost"] };
    const [row] = toRows(
      [measured("roomline", [round(10), round(1, lost), round(1, lost)])],
      workload,
      params,
    );
    assert.equal(row?.valid, false);
    assert.deepEqual(row.notes, ["3 messages were lost"]);
  });

  test("there is no ratio to a system without a valid round", () => {
    const bad = round(1, { deliveredShare: 0.5 });
    const rows = toRows(
      [measured("roomline", [round(10)]), measured("peer", [bad, bad])],
      workload,
      params,
    );
    assert.equal(rows[1]?.ratio, null);
    assert.equal(rows[1].cpuUsPerUnit, null);
  });

  test("a load generator at its limit is marked", () => {
    const [row] = toRows(
      [measured("roomline", [round(10, {}), round(10), round(10)].map(busy))],
      workload,
      params,
    );
    assert.deepEqual(row?.notes, ["the load generator was at its limit"]);
  });
});

function busy({ load, ...rest }: RunFigures): RunFigures {
  return { ...rest, load: { ...load, generatorShare: 0.95 } };
}
