import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { churn } from "./churn/scenario.ts";
import { crowd } from "./crowd/scenario.ts";
import {
  edgeDies,
  endsUnheard,
  exactlyOnce,
  fairShares,
  honestGaps,
  keptNodesDie,
  nodeDies,
  restart,
  truthful,
} from "./scenarios.ts";

const titles = { home: "at home", linked: "across a link", nodes: "at any of three nodes" };

for (const where of ["home", "linked", "nodes"] as const) {
  describe(`simulation, rooms ${titles[where]}`, () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      it(`RS, IN, RL, ST: exactly once through cuts, stalls and pauses (seed ${seed})`, () =>
        exactlyOnce(seed, where));
    }

    for (const seed of where === "nodes" ? [] : [71, 72, 73, 74, 75, 76, 77, 78]) {
      it(`HS, JN, PR, RL, ST, WA: a crowd that does whatever it likes (seed ${seed})`, () =>
        crowd(seed, where === "linked" ? where : "home"));
    }

    for (const seed of [101, 102, 103, 104]) {
      it(`ST, PR-5: rows come and go, and every state that is shown is that of its room (seed ${seed})`, () =>
        churn(seed, where));
    }

    for (const seed of [11, 12, 13, 14]) {
      it(`RL-5: with a log too small every hole is told as a Gap (seed ${seed})`, async () => {
        const gaps = await honestGaps(seed, where);
        assert.ok(gaps > 0, "the weather was too fair to prove anything");
      });
    }

    for (const seed of [21, 22, 23]) {
      it(`RS-4, RL-6: after a restart everybody is back and told of it (seed ${seed})`, () =>
        restart(seed, where));
    }

    for (const seed of [31, 32, 33, 34]) {
      it(`IN-2, IN-4: who is told that an input is done can see what it did (seed ${seed})`, () =>
        truthful(seed, where));
    }
  });
}

describe("simulation, nodes that come and go", () => {
  for (const seed of [41, 42, 43]) {
    it(`RS, IN: the node of the players dies, and nothing is missed (seed ${seed})`, () =>
      edgeDies(seed));
  }

  for (const seed of [44, 45, 46, 47, 48, 49]) {
    it(`ND-5, ND-6, CL: one of three nodes dies, and takes its own rooms with it (seed ${seed})`, () =>
      nodeDies(seed));
  }

  for (const seed of [61, 70, 73, 98, 123, 132, 136, 144]) {
    it(`DU-2, DU-6: nodes die, and their durable rooms go on at others: nobody notices (seed ${seed})`, () =>
      keptNodesDie(seed));
  }

  for (const seed of [51, 52, 53]) {
    it(`CL, RL-6: what ends while the link is down is told (seed ${seed})`, () =>
      endsUnheard(seed));
  }
});

describe("simulation, rooms that move whenever they have shown something", () => {
  for (const where of ["home", "linked", "nodes"] as const) {
    for (const seed of [81, 82, 83]) {
      it(`MV-1, MV-2: exactly once through cuts, stalls, pauses and moves, ${titles[where]} (seed ${seed})`, () =>
        exactlyOnce(seed, where, true));
    }

    for (const seed of [84, 85]) {
      it(`MV-2, IN-2: who is told that an input is done can see what it did, ${titles[where]} (seed ${seed})`, () =>
        truthful(seed, where, true));
    }

    for (const seed of where === "nodes" ? [] : [86, 87, 88]) {
      it(`MV-1, MV-3: a crowd that does whatever it likes, ${titles[where]} (seed ${seed})`, () =>
        crowd(seed, where === "linked" ? where : "home", true));
    }
  }

  for (const seed of [105, 106, 107]) {
    it(`MV-1, ST: rows come and go, and every state is that of its room (seed ${seed})`, () =>
      churn(seed, "home", true));
  }

  it("RL-5: with a log too small every hole is told as a Gap (seed 89)", async () => {
    assert.ok((await honestGaps(89, "home", true)) > 0);
  });

  it("ND-5, ND-6: one of three nodes dies (seed 90)", () => nodeDies(90, undefined, true));
});

describe("simulation, a thin line", () => {
  for (const seed of [61, 62, 63, 64]) {
    it(`BP-6: busy rooms share it alike, and a quiet one is heard (seed ${seed})`, () =>
      fairShares(seed));
  }
});
