import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";

class Account {
  readonly rank = 1;
}

class Stack extends Array<number> {}

/** A list in a list, and so on. */
function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

/** Of another realm, such as a frame or a test runner's sandbox: its prototypes are not ours. */
function foreign(code: string): unknown {
  return runInContext(code, createContext({}));
}

const twice = { rank: 1 };
const cyclic: Record<string, unknown> = { list: [{}] };
(cyclic["list"] as unknown[]).push(cyclic);

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
    ["-0: it counts as 0", -0],
    ["a boolean", false],
    ["null", null],
    ["an empty object", {}],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { rank: 1 })],
    ["a tree", { roles: ["a", { of: [1, 2] }], since: 12 }],
    ["a member that is undefined: it is left out", { rank: undefined }],
    ["a member named toJSON that is data", { toJSON: 1 }],
    ["names that objects have anyway", JSON.parse('{"__proto__": 1, "constructor": {"a": 1}}')],
    ["the same object twice", [twice, { twice }]],
    ["a thousand levels", nested(1_000)],
    ["plain data of another realm", foreign('({ a: [1, { b: "c" }], d: null })')],
  ] as const) {
    it(`finds no fault with ${what}`, () => {
      assert.equal(jsonFault(value, "claims"), undefined);
    });
  }

  it("finds no fault with anything that comes out of JSON", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => jsonFault(value, "it") === undefined));
  });

  it("what it finds no fault with comes out of JSON as it went in", () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withBoxedValues: true,
      withNullPrototype: true,
    });
    // Members that are undefined and -0 aside.
    const settled = (value: unknown) => JSON.stringify(value);
    fc.assert(
      fc.property(values, (value) => {
        if (jsonFault(value, "it") !== undefined) return;
        assert.equal(settled(JSON.parse(settled(value))), settled(value));
        assert.equal(jsonFault(JSON.parse(settled(value)), "it"), undefined);
      }),
    );
  });

  for (const [value, path, what] of [
    [undefined, "claims", "undefined"],
    [NaN, "claims", "NaN"],
    [{ max: -Infinity }, "claims.max", "-Infinity"],
    [{ id: 1n }, "claims.id", "a bigint"],
    [{ check: () => true }, "claims.check", "a function"],
    [[Symbol("x")], "claims[0]", "a symbol"],
    [{ since: new Date(0) }, "claims.since", "a Date"],
    [{ roles: ["a", new Set(["b"])] }, "claims.roles[1]", "a Set"],
    [{ of: new Map() }, "claims.of", "a Map"],
    [{ of: foreign("new Map()") }, "claims.of", "a Map"],
    [{ at: foreign("new Date(0)") }, "claims.at", "a Date"],
    [{ done: Promise.resolve() }, "claims.done", "a Promise"],
    [{ key: new Uint8Array(2) }, "claims.key", "a typed array"],
    [Buffer.from("x"), "claims", "a typed array"],
    [{ account: new Account() }, "claims.account", "an instance of Account"],
    [{ boxed: new Number(1) }, "claims.boxed", "an instance of Number"],
    [new Error("x"), "claims", "an instance of Error"],
    [Stack.of(1), "claims", "an instance of Stack"],
    [Object.create({ rank: 1 }), "claims", "no plain object"],
    [[1, undefined], "claims[1]", "undefined"],
    [Array.from({ length: 1 }), "claims[0]", "undefined"],
    [{ toJSON: () => 1 }, "claims", "an object with toJSON"],
    [{ "a b": { "": NaN } }, 'claims["a b"][""]', "NaN"],
    [nested(1_001), `claims${"[0]".repeat(18)}…`, "nested more than 1000 deep"],
    [cyclic, "claims.list[1]", "an object that it is in itself"],
    [[unreadable], "claims[0]", "something that throws when it is read"],
  ] as const) {
    it(`says that ${path} is ${what}`, () => {
      const fault = jsonFault(value, "claims");
      assert.deepEqual([fault?.path, fault?.what], [path, what]);
    });
  }

  it("says it in a sentence, with what to give in its place", () => {
    const fault = jsonFault({ tags: new Set() }, "payload");
    assert.ok(fault !== undefined);
    const text = "payload.tags is a Set, which JSON does not carry: give [...set]";
    assert.equal(jsonFaultText(fault), text);
  });
});
