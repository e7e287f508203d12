import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveServerConfig } from "../../server/config.ts";
import { createSeededRandom } from "../../shared/random.ts";
import {
  containedPlace,
  nearFirst,
  type NodeLoad,
  type Place,
  type PlaceMistake,
} from "../../server/nodes/placement.ts";

const load = (node: string, utilization = 0.1, isDraining = false): NodeLoad => ({
  ...{ node, utilization, isDraining },
  ...{ connections: 0, rooms: 0 },
});
const request = { roomType: "arena", from: "a" };

describe("where a room is made", () => {
  it("where its first player is, until that node is busy or about to go; then at the less busy of two others", () => {
    const place = nearFirst(createSeededRandom(1));
    assert.equal(place(request, [load("a", 0.69), load("b")]), "a");
    const many = Array.from({ length: 100 }, () =>
      place(request, [load("a", 0.9), load("b", 0.2), load("c", 0.1)]),
    );
    const count = (node: string) => many.filter((one) => one === node).length;
    assert.ok(count("c") > count("b") && count("b") > count("a"), many.join(""));
    assert.equal(place(request, [load("a", 0.1, true), load("b", 0.99)]), "b");
  });

  const asked = (place: Place, nodes = [load("a"), load("b")]) => {
    const mistakes: PlaceMistake[] = [];
    const contained = containedPlace(
      place,
      () => "a",
      (mistake) => void mistakes.push(mistake),
    );
    return { placed: contained(request, nodes), mistakes };
  };

  it("where the user's hook says, which is told who asks and how busy the nodes are that take rooms", () => {
    const nodes = [load("a", 0.5, true), load("b", 0.2)];
    const given: unknown[] = [];
    const { placed, mistakes } = asked((...all) => {
      given.push(...all);
      return "b";
    }, nodes);
    assert.deepEqual([placed, mistakes], ["b", []]);
    assert.deepEqual(given, [request, [load("b", 0.2)]]);
    // With nobody to choose from there is nothing to ask.
    assert.equal(asked(() => "b", [load("a", 0.1, true)]).placed, "a");
  });

  for (const [answer, told] of [
    [() => "nowhere", /returned "nowhere"\. There is a, b\.$/],
    [() => undefined, /returned nothing\./],
    [() => 7, /returned a number\./],
    [() => Promise.resolve("b"), /at once, and returned a promise\./],
    [() => Promise.reject(new Error("late")), /at once, and returned a promise\./],
  ] as const) {
    it(`by default when the hook is wrong, which is told: ${String(told)}`, () => {
      const { placed, mistakes } = asked(answer as Place);
      assert.equal(placed, "a");
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]?.message ?? "", told);
      assert.equal(mistakes[0]?.roomType, "arena");
    });
  }

  it("by default when the hook throws, which is told with what it threw", () => {
    const thrown = new Error("The database is away.");
    const { placed, mistakes } = asked(() => {
      throw thrown;
    });
    assert.deepEqual(
      [placed, mistakes],
      ["a", [{ ...request, message: "place failed.", err: thrown }]],
    );
  });

  it("a place that is no function is refused by name", () => {
    const place = "game-1" as unknown as Place;
    assert.throws(() => resolveServerConfig({ rooms: {}, place }), {
      code: "invalid-config",
      message: /^place is a string; it has to be a function that returns the name of a node/,
    });
  });
});
