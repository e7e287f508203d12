import assert from "node:assert/strict";
import { test } from "node:test";
import { layOutState } from "../../pages/state-grid.ts";
import { sparkline } from "../../monitor/model/sparkline.ts";

const box = { width: 30, height: 12, pointsMax: 4 };

test("a sparkline ends at the right edge and reaches from zero to the greatest", () => {
  assert.equal(sparkline([0, 10], box).line, "M20 11L30 1");
  assert.equal(sparkline([0, 10], box).area, "M20 11L30 1L30 12L20 12Z");
});

test("a sparkline takes the newest values, and nulls leave a gap", () => {
  assert.equal(sparkline([9, 9, 1, null, 1, 1], box).line, "M0 1M20 1L30 1");
});

test("a sparkline of nothing, and of zeros, is drawn without a division by zero", () => {
  assert.deepEqual(sparkline([], box), { line: "", area: "" });
  assert.equal(sparkline([0, 0], box).line, "M20 11L30 11");
});

test("rows with the same few fields are laid out in columns", () => {
  const grid = layOutState([
    { key: "ann", value: { x: 1.23456, name: "Ann" } },
    { key: "bob", value: { x: 2, alive: true } },
  ]);
  assert.deepEqual(grid.fields, ["x", "name", "alive"]);
  assert.deepEqual(
    grid.rows.map(({ cells }) => cells),
    [
      ["1.235", "Ann", ""],
      ["2", "", "true"],
    ],
  );
});

test("rows that are no objects, or have too many fields, are JSON", () => {
  const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, index]));
  for (const value of ["text", [1], null, {}, wide]) {
    assert.deepEqual(layOutState([{ key: "a", value }]).fields, [], JSON.stringify(value));
  }
  assert.deepEqual(layOutState([{ key: "a", value: ["x"] }]).rows, [
    { key: "a", cells: ['["x"]'] },
  ]);
});
