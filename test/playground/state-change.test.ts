import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import {
  fieldChanges,
  pathText,
  stateChanges,
  type FieldChange,
  type PlainState,
} from "../../playground/model/state-change.ts";

const stateOf = (tables: Record<string, Record<string, JsonValue>>): PlainState =>
  new Map(Object.entries(tables).map(([name, rows]) => [name, new Map(Object.entries(rows))]));

/** A value with the changes made to it. */
function applied(
  value: JsonValue | undefined,
  changes: readonly FieldChange[],
): JsonValue | undefined {
  let result = value === undefined ? undefined : structuredClone(value);
  // From the end: what a list loses at its end does not move the rest.
  for (const { path, after } of [...changes].reverse()) {
    const last = path.at(-1);
    if (last === undefined) {
      result = after;
      continue;
    }
    let at = result as Record<string | number, JsonValue>;
    for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, JsonValue>;
    if (after !== undefined)
      Object.defineProperty(at, last, {
        value: after,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else if (Array.isArray(at)) at.length--;
    else Reflect.deleteProperty(at, last);
  }
  return result;
}

const plain = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

describe("changes of state", () => {
  it("rows went, came and changed, in the order of their tables", () => {
    const before = stateOf({
      ships: { ann: { x: 1, y: 2, cargo: ["tea"] }, bob: { x: 5, y: 5, cargo: [] } },
      gone: { last: 1 },
    });
    const after = stateOf({
      ships: { ann: { x: 1, y: 3, cargo: ["tea", "rum"], name: "Anna" }, cat: { x: 0 } },
      fresh: { first: null },
    });
    assert.deepEqual(stateChanges(before, after), [
      { kind: "removed", table: "ships", key: "bob", row: { x: 5, y: 5, cargo: [] } },
      { kind: "added", table: "ships", key: "cat", row: { x: 0 } },
      {
        kind: "changed",
        table: "ships",
        key: "ann",
        fields: [
          { path: ["y"], before: 2, after: 3 },
          { path: ["cargo", 1], before: undefined, after: "rum" },
          { path: ["name"], before: undefined, after: "Anna" },
        ],
      },
      { kind: "removed", table: "gone", key: "last", row: 1 },
      { kind: "added", table: "fresh", key: "first", row: null },
    ]);
  });

  it("the changes between two values make one of the other, and nothing more", () => {
    fc.assert(
      fc.property(plain, plain, (before, after) => {
        const changes = fieldChanges(before, after);
        assert.deepEqual(applied(before, changes), after);
        assert.deepEqual(fieldChanges(before, structuredClone(before)), []);
        for (const change of changes) assert.notDeepEqual(change.before, change.after);
      }),
      { numRuns: 500 },
    );
  });

  it("a value that is null is there, and one that is left out is not", () => {
    assert.deepEqual(fieldChanges({ a: null }, {}), [
      { path: ["a"], before: null, after: undefined },
    ]);
    assert.deepEqual(fieldChanges(undefined, null), [{ path: [], before: undefined, after: null }]);
    const inherited = fieldChanges(
      {},
      JSON.parse(`{"constructor": 1, "__proto__": 2}`) as JsonValue,
    );
    assert.deepEqual(
      inherited.map(({ path, before }) => [path, before]),
      [
        [["constructor"], undefined],
        [["__proto__"], undefined],
      ],
    );
  });

  it("a path reads as people write it", () => {
    assert.equal(pathText([]), "");
    assert.equal(pathText(["position", "x"]), "position.x");
    assert.equal(pathText(["cards", 2, "größe"]), "cards[2].größe");
    assert.equal(pathText(["by name", "a.b"]), `["by name"]["a.b"]`);
  });
});
