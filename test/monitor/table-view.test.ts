import assert from "node:assert/strict";
import { test } from "node:test";
import {
  moveSelection,
  nextSort,
  visibleRows,
  type Column,
} from "../../monitor/model/table-view.ts";

interface Row {
  readonly name: string;
  readonly room: string;
  readonly lag: number | null;
}

const columns: readonly Column<Row>[] = [
  { id: "name", value: ({ name }) => name },
  { id: "room", value: ({ room }) => room },
  { id: "lag", value: ({ lag }) => lag },
];
const rows: readonly Row[] = [
  { name: "bot-10", room: "Arena", lag: 3 },
  { name: "bot-2", room: "chat", lag: null },
  { name: "ann", room: "arena", lag: 12 },
];

function names(filter: string, column: string, descending = false): string[] {
  const sort = { column, descending };
  return visibleRows(rows, columns, { filter, sort }).map(({ name }) => name);
}

test("names are sorted with their digits as numbers", () => {
  assert.deepEqual(names("", "name"), ["ann", "bot-2", "bot-10"]);
  assert.deepEqual(names("", "name", true), ["bot-10", "bot-2", "ann"]);
});

test("numbers are sorted by size, and what has none stands last either way", () => {
  assert.deepEqual(names("", "lag"), ["bot-10", "ann", "bot-2"]);
  assert.deepEqual(names("", "lag", true), ["ann", "bot-10", "bot-2"]);
});

test("every word of the filter has to occur in some column of text, in either case", () => {
  assert.deepEqual(names("ARENA", "name"), ["ann", "bot-10"]);
  assert.deepEqual(names("arena bot", "name"), ["bot-10"]);
  assert.deepEqual(names("12", "name"), []);
  assert.deepEqual(names("  ", "name"), ["ann", "bot-2", "bot-10"]);
});

test("a column that is not there leaves the order as it came, and sorting leaves the rows alone", () => {
  assert.deepEqual(names("", "nothing"), ["bot-10", "bot-2", "ann"]);
  names("", "name");
  assert.equal(rows[0]?.name, "bot-10");
});

test("a click sorts numbers from the greatest and names from the first; another turns it round", () => {
  const byName = { column: "name", descending: false };
  assert.deepEqual(nextSort(byName, "lag", true), { column: "lag", descending: true });
  assert.deepEqual(nextSort(byName, "room", false), { column: "room", descending: false });
  assert.deepEqual(nextSort(byName, "name", false), { column: "name", descending: true });
});

test("the selection moves by rows, stops at the ends, and begins at the end it moves from", () => {
  const keys = ["a", "b", "c"];
  assert.equal(moveSelection(keys, "a", 1), "b");
  assert.equal(moveSelection(keys, "b", 10), "c");
  assert.equal(moveSelection(keys, "b", -10), "a");
  assert.equal(moveSelection(keys, undefined, 1), "a");
  assert.equal(moveSelection(keys, "gone", -1), "c");
  assert.equal(moveSelection([], "a", 1), undefined);
});
