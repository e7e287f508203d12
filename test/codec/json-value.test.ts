import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonFault } from "../../shared/json-value.ts";

class Account {
  readonly rank = 1;
}

/** A list in a list, and so on. */
function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

const unreadable = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw new Error("No.");
    },
  },
);

describe("what is no JSON", () => {
  for (const [what, value] of [
    ["a string", "x"],
    ["a number", -1.5],
    ["a boolean", false],
    ["null", null],
    ["an empty object", {}],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { rank: 1 })],
    ["a tree", { roles: ["a", { of: [1, 2] }], since: 12 }],
    ["a member that is undefined: it is left out", { rank: undefined }],
    ["sixty-four levels", nested(63)],
  ] as const) {
    it(`finds no fault with ${what}`, () => {
      assert.equal(jsonFault(value, "claims"), undefined);
    });
  }

  for (const [value, path, what] of [
    [undefined, "claims", "undefined"],
    [NaN, "claims", "NaN"],
    [{ max: Infinity }, "claims.max", "Infinity"],
    [{ id: 1n }, "claims.id", "a bigint"],
    [{ check: () => true }, "claims.check", "a function"],
    [[Symbol("x")], "claims[0]", "a symbol"],
    [{ since: new Date(0) }, "claims.since", "a Date"],
    [{ roles: ["a", new Set(["b"])] }, "claims.roles[1]", "a Set"],
    [{ of: new Map() }, "claims.of", "a Map"],
    [{ key: new Uint8Array(2) }, "claims.key", "a Uint8Array"],
    [{ account: new Account() }, "claims.account", "a Account"],
    [[1, undefined], "claims[1]", "undefined"],
    [{ toJSON: () => 1 }, "claims", "an object with toJSON"],
    [nested(70), `claims${"[0]".repeat(64)}`, "nested too deep"],
    [cyclic, `claims${".self".repeat(64)}`, "nested too deep"],
    [unreadable, "claims", "something that cannot be read"],
  ] as const) {
    it(`says that ${path.length > 40 ? `${path.slice(0, 20)}…` : path} is ${what}`, () => {
      assert.deepEqual(jsonFault(value, "claims"), { path, what });
    });
  }
});
