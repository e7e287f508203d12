import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { filterJournal, Journal, toneOf } from "../../monitor/model/journal.ts";
import { JournalEntrySchema, type JournalEntry } from "../../shared/gen/roomline/v1/admin_pb.ts";

function entries(...numbers: readonly number[]): JournalEntry[] {
  return numbers.map((number) =>
    create(JournalEntrySchema, {
      number: BigInt(number),
      kind: number % 2 === 0 ? "gap" : "joined",
      clientId: `bot-${number}`,
      roomId: "Arena",
    }),
  );
}

/** The only life of the only node. */
const life = (number: number) => () => number;

function clients(journal: Journal): string[] {
  return journal.rows.map(({ clientId }) => clientId);
}

test("the newest is first, and what was told before is not told again", () => {
  const journal = new Journal(10);
  journal.add(entries(1, 2), life(1));
  journal.add(entries(1, 2, 3), life(1));
  assert.deepEqual(clients(journal), ["bot-3", "bot-2", "bot-1"]);
  assert.equal(journal.seen, 3);
});

test("there are never more rows than rowsMax; the oldest go", () => {
  const journal = new Journal(2);
  journal.add(entries(1, 2, 3), life(1));
  assert.deepEqual(clients(journal), ["bot-3", "bot-2"]);
  assert.equal(journal.seen, 3);
});

test("a server that started anew numbers from 1, and its entries are new", () => {
  const journal = new Journal(10);
  journal.add(entries(7), life(1));
  journal.add(entries(1), life(2));
  assert.deepEqual(clients(journal), ["bot-1", "bot-7"]);
  assert.equal(new Set(journal.rows.map(({ id }) => id)).size, 2);
});

test("rows stay the same array when nothing is new, so that nothing is drawn", () => {
  const journal = new Journal(10);
  journal.add(entries(1), life(1));
  const before = journal.rows;
  journal.add(entries(1), life(1));
  assert.equal(journal.rows, before);
});

test("the filter takes kinds, and words in whatever field", () => {
  const journal = new Journal(10);
  journal.add(entries(1, 2, 3, 4), life(1));
  const found = (kinds: readonly string[], text: string) =>
    filterJournal(journal.rows, { kinds: new Set(kinds), text }).map(({ clientId }) => clientId);
  assert.deepEqual(found(["gap"], ""), ["bot-4", "bot-2"]);
  assert.deepEqual(found([], "arena BOT-3"), ["bot-3"]);
  assert.deepEqual(found(["gap"], "bot-3"), []);
  assert.equal(found([], "").length, 4);
});

test("a kind this page does not know has a plain colour", () => {
  assert.equal(toneOf("gap"), "bad");
  assert.equal(toneOf("something-new"), "plain");
});

test("entries of several nodes are one stream in time order, each once, with lives of their own", () => {
  const journal = new Journal(10);
  const entry = (node: string, number: number, timeMs: number) =>
    create(JournalEntrySchema, {
      ...{ node, kind: "joined", clientId: `${node}-${number}` },
      number: BigInt(number),
      timeMs: BigInt(timeMs),
    });
  const lives = new Map([
    ["a", 1],
    ["b", 2],
  ]);
  const lifeOf = (node: string) => lives.get(node) ?? 0;
  journal.add([entry("a", 1, 10), entry("b", 1, 11), entry("a", 2, 20)], lifeOf);
  // What one of them tells late, and what was told before.
  journal.add([entry("b", 1, 11), entry("b", 2, 15), entry("a", 2, 20)], lifeOf);
  assert.deepEqual(clients(journal), ["a-2", "b-2", "b-1", "a-1"]);
  lives.set("b", 3);
  journal.add([entry("b", 1, 30)], lifeOf);
  assert.deepEqual(clients(journal), ["b-1", "a-2", "b-2", "b-1", "a-1"]);
  assert.equal(new Set(journal.rows.map(({ id }) => id)).size, 5);
  const ofB = filterJournal(journal.rows, { kinds: new Set(), text: "b" });
  assert.deepEqual(
    ofB.map(({ node }) => node),
    ["b", "b", "b"],
  );
});
