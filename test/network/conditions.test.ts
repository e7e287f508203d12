import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  networkPresets,
  resolveNetwork,
  type NetworkGiven,
} from "../../shared/network/conditions.ts";

const good = {
  latencyMs: 0,
  jitterMs: 0,
  bandwidthKbps: Infinity,
  stallEveryMs: Infinity,
  stallMs: 0,
};

const resolve = (given: NetworkGiven) => resolveNetwork("here", given);

describe("the conditions of a network", () => {
  it("nothing is a network as good as it is", () => {
    const nothing = { up: good, down: good, cutEveryMs: Infinity, offlineMs: 0 };
    assert.deepEqual(resolve({}), nothing);
    assert.deepEqual(resolve(""), nothing);
  });

  it("what is said of both directions holds in each that says nothing else", () => {
    const { up, down } = resolve({ latencyMs: 10, jitterMs: 5, up: { latencyMs: 300 } });
    assert.deepEqual(up, { ...good, latencyMs: 300, jitterMs: 5 });
    assert.deepEqual(down, { ...good, latencyMs: 10, jitterMs: 5 });
  });

  it("as text: a preset, conditions, or a preset and what differs", () => {
    assert.deepEqual(resolve("train"), resolve(networkPresets.train));
    assert.deepEqual(
      resolve("latencyMs=10, down.stallMs=7.5"),
      resolve({ latencyMs: 10, down: { stallMs: 7.5 } }),
    );
    assert.deepEqual(
      resolve("train,cutEveryMs=Infinity,up.latencyMs=300,up.jitterMs=0"),
      resolve({
        ...networkPresets.train,
        cutEveryMs: Infinity,
        up: { ...networkPresets.train.up, latencyMs: 300, jitterMs: 0 },
      }),
    );
  });

  it("the presets are what they are called: all differ, and each has its own trouble", () => {
    const [wifi, lte, train, lossy] = (["wifi", "4g", "train", "lossy"] as const).map(resolve);
    assert.ok(wifi && lte && train && lossy);
    assert.equal(Object.keys(networkPresets).length, 4);
    assert.ok(
      wifi.down.latencyMs < lte.down.latencyMs && lte.down.latencyMs < train.down.latencyMs,
    );
    assert.ok(train.cutEveryMs < Infinity && train.offlineMs > 0);
    assert.ok([wifi, lte, lossy].every(({ cutEveryMs }) => cutEveryMs === Infinity));
    assert.ok(lossy.down.stallEveryMs < 1_000);
    assert.ok([wifi, lte, train].every(({ up, down }) => up.bandwidthKbps < down.bandwidthKbps));
  });

  for (const [given, message] of [
    ["trian", 'here: there is no network "trian". Did you mean "train"?'],
    ["satellite", 'here: there is no network "satellite". There are: wifi, 4g, train, lossy.'],
    ["constructor", 'here: there is no network "constructor". There are: wifi, 4g, train, lossy.'],
    [
      "train,100",
      'here: "100" is no condition. Write NAME=NUMBER, such as latencyMs=100 or up.latencyMs=300.',
    ],
    ["latency=100", 'here: there is no condition "latency". Did you mean "latencyMs"?'],
    ["up.cutEveryMs=100", /^here: up: there is no condition "cutEveryMs"\. .*stallEveryMs/],
    ["latencyMs=fast", 'here: latencyMs is "fast"; it has to be a number from 0 to 60000.'],
    [{ latencyMs: -1 }, "here: latencyMs is -1; it has to be a number from 0 to 60000."],
    [{ jitterMs: NaN }, "here: jitterMs is NaN; it has to be a number from 0 to 60000."],
    [
      { down: { bandwidthKbps: 0 } },
      "here: down.bandwidthKbps is 0; it has to be a number of 1 or more.",
    ],
    [{ stallEveryMs: 1 }, "here: stallEveryMs is 1; it has to be a number of 10 or more."],
    [
      { offlineMs: Infinity },
      "here: offlineMs is Infinity; it has to be a number from 0 to 3600000.",
    ],
    [{ cutEvery: 1 }, 'here: there is no condition "cutEvery". Did you mean "cutEveryMs"?'],
    [{ up: "slow" }, /^here: up takes an object with .* not the text "slow"\.$/],
    [7, /^here takes an object with .* not a number\.$/],
  ] as const) {
    it(`${JSON.stringify(given)} is refused in one line`, () => {
      assert.throws(() => resolve(given as NetworkGiven), { code: "invalid-config", message });
    });
  }
});
