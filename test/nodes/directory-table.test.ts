import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DirectoryTable } from "../../server/nodes/directory-table.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

const a = { node: "a", life: "1" };
const b = { node: "b", life: "1" };

function createTable() {
  const clock = createVirtualClock();
  const table = new DirectoryTable(clock);
  table.enter(a);
  table.enter(b);
  return { clock, table };
}

void describe("directory of a server of several nodes", () => {
  void it("ND-1 gives a room to the first who takes it", () => {
    const { table } = createTable();
    const first = table.claimRoom("r", a);
    assert.deepEqual(first, { ...a, term: 1 });
    assert.deepEqual(table.claimRoom("r", b), first);
    assert.deepEqual(table.findRoom("r"), first);
    assert.equal(table.findRoom("s"), undefined);
  });

  void it("DU-6, ND-1 keeps the claim of a stored room whose host is dead, for one other to take", () => {
    const { table } = createTable();
    const first = table.claimRoom("r", a);
    table.claimRoom("s", a);
    const [orphan, ...others] = table.bury(a, (roomId) => roomId === "r");
    assert.ok(orphan !== undefined && others.length === 0);
    assert.ok(orphan.term > first.term, "above what the dead one was called");
    assert.ok(table.isOrphan(orphan));
    assert.equal(table.findRoom("s"), undefined);
    assert.deepEqual(
      table.takeRoom("r", first.term, b),
      table.findRoom("r"),
      "by its new term alone",
    );
    assert.ok(table.isOrphan(orphan));
    const taken = table.takeRoom("r", orphan.term, b);
    assert.deepEqual([taken?.node, taken?.isOrphan], ["b", undefined]);
    assert.ok(!table.isOrphan(orphan));
    assert.deepEqual(table.bury(b, () => true).length, 1, "and so on");
  });

  void it("ND-2 gives each taking a term above all before, and hears nothing of a lower one", () => {
    const { table } = createTable();
    const first = table.claimRoom("r", a);
    table.releaseRoom("r", first.term);
    const second = table.claimRoom("r", b);
    const other = table.claimRoom("s", a);
    assert.ok(second.term > first.term && other.term > second.term);
    table.releaseRoom("r", first.term);
    assert.deepEqual(table.findRoom("r"), second, "the first host has nothing to say any more");
    table.bury(a);
    assert.deepEqual(table.findRoom("r"), second);
    assert.equal(table.findRoom("s"), undefined, "the rooms of the dead are anybody's");
  });

  void it("ND-6 gives a client one home, which goes on by the number of the one before", () => {
    const { table } = createTable();
    const first = table.claimHome("ann", 0, a);
    assert.deepEqual(first, { ...a, number: 1, token: 0, isAlive: true });
    assert.deepEqual(table.claimHome("ann", 0, b), first, "it has one");
    table.noteToken("ann", first.number, 3);
    const second = table.passHome("ann", first.number, b);
    assert.deepEqual(second, { ...b, number: 2, token: 3, isAlive: true });
    assert.deepEqual(table.passHome("ann", first.number, a), second, "it is not there any more");
    table.noteToken("ann", first.number, 9);
    table.releaseHome("ann", first.number);
    assert.deepEqual(table.claimHome("ann", 0, a), second, "nor does the first have a say");
    table.releaseHome("ann", 2);
    assert.equal(table.claimHome("ann", 0, a).number, 3);
  });

  void it("remembers the homes of the dead for a while, whoever passed the client on", () => {
    const { clock, table } = createTable();
    table.claimHome("ann", 0, a);
    const { number } = table.claimHome("bob", 0, b);
    clock.advance(1_000);
    table.bury(a);
    assert.equal(table.claimHome("ann", 0, b).isAlive, false);
    assert.equal(table.passHome("bob", number, a)?.isAlive, false, "b has not heard of it");
    table.sweep(clock.now());
    assert.equal(table.size.homes, 2);
    clock.advance(1_000);
    table.sweep(clock.now());
    assert.deepEqual(table.size, { rooms: 0, homes: 0 });
    assert.equal(table.claimHome("ann", 0, b).isAlive, true);
  });
});
