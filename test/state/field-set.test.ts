import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldSets, type FieldSet } from "../../server/state/field-set.ts";
import { createRowLayout } from "../../shared/state/row-layout.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";

const layout = createRowLayout(EveryTypeSchema);

/** The set of the columns whose bit is 1. */
function setOf(sets: FieldSets, bits: number): FieldSet {
  let set = sets.updated;
  for (const column of layout.columns) {
    if ((bits >>> column.index) & 1) set = sets.withColumn(set, column);
  }
  return set;
}

test("ST the same changes lead to the same set, others to another", () => {
  const sets = new FieldSets(layout);
  assert.equal(setOf(sets, 0b101), setOf(sets, 0b101));
  assert.notEqual(setOf(sets, 0b101), setOf(sets, 0b111));
  const [column] = layout.columns;
  assert.ok(column);
  assert.notEqual(sets.withColumn(sets.updated, column), sets.withCleared(sets.updated, column));
  assert.notEqual(sets.withColumn(sets.updated, column), sets.withColumn(sets.created, column));
});

test("ST sets are forgotten when there are too many, not before", () => {
  const sets = new FieldSets(layout);
  const first = sets.updated;
  for (let bits = 0; bits < 4_096; bits++) setOf(sets, bits);
  sets.trim();
  assert.equal(sets.updated, first);
  for (let bits = 4_096; bits < 8_192; bits++) setOf(sets, bits);
  sets.trim();
  assert.notEqual(sets.updated, first);
});
