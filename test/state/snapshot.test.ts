import assert from "node:assert/strict";
import { test } from "node:test";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createEnds, hex, stateBytes } from "./wire-state.ts";

const arena = { players: PlayerSchema };

test("RS-3 RL-5 the snapshot of a room that never committed anything empties a client's tables", () => {
  const ends = createEnds(arena);
  const { state } = ends;
  const { body, baseTick, tick } = state.snapshot();
  assert.deepEqual([hex(body), baseTick, tick], ["3a00", 0, 0]);
  assert.equal(state.patch(0), undefined);
  assert.equal(state.patch(9), state.snapshot());
  const other = createEnds(arena);
  other.tables.players.set("ann", {});
  other.commit();
  ends.mirror.apply(stateBytes(other.state.snapshot().body));
  assert.equal(ends.mirrored.players.size, 1);
  ends.mirror.apply(stateBytes(body));
  assert.deepEqual([ends.mirrored.players.size, ends.mirror.tick], [0, 0]);
});

test("RS-3 RL-5 a snapshot is what somebody at tick 0 is given, and goes along with each commit", () => {
  const { tables, state, commit } = createEnds(arena);
  const ann = tables.players.set("ann", {});
  assert.equal(hex(state.snapshot().body), "3a00");
  commit();
  const first = state.snapshot();
  assert.equal(state.patch(0), first);
  assert.deepEqual([first.baseTick, first.tick], [0, 1]);
  commit();
  assert.equal(state.snapshot(), first);
  ann.x = 1;
  commit();
  assert.deepEqual([state.snapshot().baseTick, state.snapshot().tick], [0, 3]);
  assert.equal(state.patch(0), state.snapshot());
});

test("RS-3 RL-5 a contract without tables has a snapshot of nothing", () => {
  const { state, commit } = createEnds({});
  assert.equal(hex(state.snapshot().body), "3a00");
  commit();
  assert.equal(hex(state.snapshot().body), "3a020801");
});
