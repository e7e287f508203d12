import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pending } from "../../shared/pending.ts";

const boom = (): never => {
  throw new Error("No.");
};

describe("what user code returns", () => {
  it("is still to come when it is a promise, or has a then", async () => {
    assert.equal(await pending(Promise.resolve(1)), 1);
    const thenable = { then: (resolve: (value: number) => void) => resolve(2) };
    assert.equal(await pending(thenable), 2);
    for (const value of [undefined, null, 1, "then", {}, { then: 1 }, () => undefined]) {
      assert.equal(pending(value), undefined);
    }
  });

  it("TK-4: is a promise that has failed when it throws as soon as it is looked at", async () => {
    const hostile = [
      Object.defineProperty({}, "then", { get: boom }),
      new Proxy({}, { getPrototypeOf: boom }),
      new Proxy({}, { has: boom }),
    ];
    for (const value of hostile) {
      await assert.rejects(pending(value) ?? Promise.resolve(), /cannot be looked at/);
    }
  });
});
