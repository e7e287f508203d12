import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as fc from "fast-check";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { compileNumberCode } from "../../server/state/codegen/compiled-number-code.ts";
import { plainNumberCode } from "../../server/state/number-code.ts";
import { createRoomState } from "../../server/state/room-state.ts";
import type { StateTable } from "../../server/state/table.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { everyField, fieldChange, rowInit } from "./random-rows.ts";
import { contractTables, hex } from "./wire-state.ts";

/** Something user code does to one row, or the end of a tick. */
interface Step {
  readonly key: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly init?: unknown;
  readonly gone?: boolean;
}

const key = fc.constantFrom("a", "b", "c");
/** What no number column can send, whatever its type. */
const wrong = fc.constantFrom("7", null, undefined, 0.5, 2 ** 40, -(2 ** 40), 1e300, {});
const numberNames = fc.constantFrom(
  "aDouble",
  "aFloat",
  "anInt32",
  "aUint32",
  "aSint32",
  "aFixed32",
  "aSfixed32",
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(key, fieldChange(everyField)).map(changeOf) },
  {
    weight: 3,
    arbitrary: fc.record({ key, name: numberNames, value: wrong }),
  },
  { weight: 2, arbitrary: fc.record({ key, init: rowInit(everyField) }) },
  { weight: 1, arbitrary: fc.record({ key, gone: fc.constant(true) }) },
  { weight: 6, arbitrary: fc.constant({ key: "" }) },
);

function changeOf([row, change]: [string, { name: string; value: unknown }]): Step {
  return { key: row, ...change };
}

/** All that comes out of a table to which these things are done: every patch from every tick, and the errors. */
function outcome(code: typeof plainNumberCode, steps: readonly Step[]): string[] {
  const told: string[] = [];
  const state = createRoomState(contractTables({ every: EveryTypeSchema }), {
    tombstonesMax: 4,
    onError: (error) => told.push(error.message),
    numberCode: code,
  });
  const table = state.tables["every"] as StateTable<unknown, Record<string, unknown>>;
  let tick = 0;
  for (const { key: row, name, value, init, gone } of steps) {
    if (row === "") {
      state.commit(++tick);
      for (let base = 0; base <= tick; base++) told.push(hex(state.patch(base)?.body));
    } else if (gone === true) table.delete(row);
    else if (init !== undefined) table.set(row, init);
    else if (name !== undefined) {
      const found = table.get(row);
      if (found !== undefined) found[name] = value;
    }
  }
  return told;
}

const seed = 20_261_120;

test(`ST-2 compiled code says byte for byte what the plain code says, seed ${seed}`, () => {
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const all = [{ key: "a", init: {} }, { key: "b", init: {} }, ...steps, { key: "" }];
    assert.deepEqual(outcome(compileNumberCode, all), outcome(plainNumberCode, all));
  });
  fc.assert(property, { seed, numRuns: 1_500 });
});

test("ST-2 rows with more columns than there are bits for are told of as well", () => {
  // EveryType has more than 31 fields; what lies past them shares a bit and goes the long way.
  const state = createRoomState(contractTables({ every: EveryTypeSchema }), {
    tombstonesMax: 4,
    onError: assert.ifError,
  });
  const table = state.tables["every"] as StateTable<unknown, Record<string, unknown>>;
  const row = table.set("a", {});
  state.commit(1);
  row["aDouble"] = 1;
  row["words"] = ["w"];
  state.commit(2);
  row["aDouble"] = 2;
  state.commit(3);
  assert.notEqual(hex(state.patch(1)?.body), hex(state.patch(2)?.body));
  assert.match(hex(state.patch(1)?.body), /0177/);
  assert.doesNotMatch(hex(state.patch(2)?.body), /0177/);
});

test("ST-2 where code may not be made from strings, the plain code does the work", () => {
  const script = `
    import { createRoomState } from "./server/state/room-state.ts";
    import { createContractTable } from "./shared/contract/contract-table.ts";
    import { defineContract } from "./shared/contract/index.ts";
    import { PlayerSchema } from "./examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
    const { tables } = createContractTable(defineContract({ state: { players: PlayerSchema } }));
    const state = createRoomState(tables, { tombstonesMax: 4, onError: (error) => { throw error; } });
    const row = state.tables.players.set("a", { x: 1 });
    state.commit(1);
    row.x = 2.5;
    state.commit(2);
    console.log(Buffer.from(state.patch(1).body).toString("hex"));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--disallow-code-generation-from-strings",
      "--conditions=roomline-source",
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      script,
    ],
    { encoding: "utf8" },
  );
  assert.equal(stdout.trim(), patchOfOneMove(), stderr);
});

function patchOfOneMove(): string {
  const state = createRoomState(contractTables({ players: PlayerSchema }), {
    tombstonesMax: 4,
    onError: assert.ifError,
  });
  const table = state.tables["players"] as StateTable<unknown, { x: number }>;
  const row = table.set("a", { x: 1 });
  state.commit(1);
  row.x = 2.5;
  state.commit(2);
  return hex(state.patch(1)?.body);
}
