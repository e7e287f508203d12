import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { describe, it } from "node:test";
import { StateImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import {
  createRoomState,
  type RoomState,
  type StateCommit,
} from "../../server/state/room-state.ts";
import { EditionRowSchema } from "../gen/roomline/test/v1/edition_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { editionField, everyField, fieldChange, rowInit, type FieldChange } from "./random-rows.ts";
import { anyJson, contractTables } from "./wire-state.ts";

const kinds = contractTables({
  every: EveryTypeSchema,
  docs: anyJson,
  edition: EditionRowSchema,
});

function createState(of = kinds, tombstonesMax = 3): RoomState {
  return createRoomState(of, { tombstonesMax, onError: () => undefined });
}

/** Through the bytes, as an image travels. */
function restored(state: RoomState, of = kinds): RoomState {
  const bytes = toBinary(StateImageSchema, create(StateImageSchema, state.image()));
  const other = createState(of);
  other.restore(fromBinary(StateImageSchema, bytes));
  return other;
}

function imageOf(state: RoomState): Uint8Array {
  return toBinary(StateImageSchema, create(StateImageSchema, state.image()));
}

/** As it is read when records come after it. */
function withoutPending(bytes: Uint8Array) {
  const image = fromBinary(StateImageSchema, bytes);
  for (const one of image.tables) one.pending = new Uint8Array(0);
  return image;
}

/** A float that is too small for 32 bits, inside of a message: there it is a 0 that is written, and after a record one that is not. */
function withoutTiny<T>(value: T): T {
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-44) return 0 as T;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(withoutTiny) as T;
  for (const [name, member] of Object.entries(value)) {
    const own: unknown = withoutTiny(member);
    Object.defineProperty(value, name, { value: own, enumerable: true, writable: true });
  }
  return value;
}

/** Something that a room's code does. */
type Act =
  | { readonly kind: "set"; readonly table: string; readonly key: string; readonly row: unknown }
  | { readonly kind: "change"; readonly key: string; readonly change: FieldChange }
  | { readonly kind: "delete"; readonly table: string; readonly key: string }
  | { readonly kind: "clear"; readonly table: string }
  | { readonly kind: "commit"; readonly ticks: number };

const key = fc.constantFrom("a", "b", "c", "d", "e");
const table = fc.constantFrom("every", "docs", "edition");
const wrong = fc.constantFrom<FieldChange>(
  { name: "anInt32", value: 1.5 },
  { name: "aString", value: 7 },
  { name: "numbers", value: "none" },
  { name: "aDouble", value: () => 1 },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: rowInit(everyField).chain((row) => key.map((k) => set("every", k, row))),
  },
  {
    weight: 2,
    arbitrary: rowInit(editionField).chain((row) => key.map((k) => set("edition", k, row))),
  },
  { weight: 3, arbitrary: fc.jsonValue().chain((row) => key.map((k) => set("docs", k, row))) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      key,
      change: fc.oneof({ weight: 9, arbitrary: fieldChange(everyField) }, wrong),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), table, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), table }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      ticks: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

function set(name: string, at: string, row: unknown): Act {
  return { kind: "set", table: name, key: at, row };
}

function perform(state: RoomState, acts: readonly Act[], onCommit: () => void): void {
  for (const one of acts) {
    switch (one.kind) {
      case "set":
        state.tables[one.table]?.set(one.key, structuredClone(one.row));
        break;
      case "change": {
        const row = state.tables["every"]?.get(one.key) as Record<string, unknown> | undefined;
        const { name, value } = one.change;
        if (row !== undefined)
          row[name] = typeof value === "function" ? value : structuredClone(value);
        break;
      }
      case "delete":
        state.tables[one.table]?.delete(one.key);
        break;
      case "clear":
        state.tables[one.table]?.clear();
        break;
      case "commit":
        state.commit(state.committedTick + one.ticks);
        onCommit();
    }
  }
}

/** What readers are given who are at any tick, be it one that never was. */
function patches(state: RoomState): (string | undefined)[] {
  const hex = (body: Uint8Array | undefined) => body && Buffer.from(body).toString("hex");
  const bases = Array.from({ length: state.tick + 3 }, (_, base) => base);
  return [hex(state.snapshot().body), ...bases.map((base) => hex(state.patch(base)?.body))];
}

/** The rows as code has them, with 0 for -0, and without what is no data. */
function rowsOf(state: RoomState): unknown {
  const plain = (value: unknown): unknown => {
    if (typeof value === "function") return "a function";
    if (value === 0) return 0;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    return Object.entries(value).map(([name, member]) => [name, plain(member)]);
  };
  return Object.entries(state.tables).map(([name, rows]) => [
    name,
    [...rows].map(([at, row]) => [at, plain(row)]),
  ]);
}

/** The one that was picked up is as the other, and stays so whatever is done to both. */
function assertGoesOnAlike(state: RoomState, other: RoomState, acts: readonly Act[]): void {
  assert.deepEqual([other.tick, other.committedTick], [state.tick, state.committedTick]);
  assert.deepEqual(patches(other), patches(state), "before anything is done");
  const theirs: unknown[] = [];
  const ours: unknown[] = [];
  perform(state, acts, () => ours.push(patches(state)));
  perform(other, acts, () => theirs.push(patches(other)));
  assert.deepEqual(theirs, ours, "after each commit");
}

const seed = 20_261_128;

describe("the image of a state", () => {
  it("MV-1: has the same rows, patches from any tick and next handles, whatever was done and is done after", () => {
    const acts = fc.array(act, { maxLength: 25, size: "max" });
    fc.assert(
      fc.property(acts, acts, (before, after) => {
        const state = createState();
        perform(state, before, () => undefined);
        const other = restored(state);
        assertGoesOnAlike(state, other, after);
      }),
      { seed, numRuns: 150 },
    );
  });

  it("DU-2: an image and the records after it give the same rows, patches from any tick and next handles", () => {
    const acts = fc.array(act.map(withoutTiny), { maxLength: 25, size: "max" });
    fc.assert(
      fc.property(acts, acts, acts, (before, recorded, after) => {
        const state = createState();
        perform(state, before, () => undefined);
        let image = imageOf(state);
        let records: StateCommit[] = [];
        let shownTick = state.tick;
        perform(state, recorded, () => {
          const patch = state.tick === shownTick ? undefined : state.patch(shownTick);
          records.push({ tick: state.committedTick, patch });
          // Too many rows went for a patch: that takes another image.
          if (patch?.baseTick !== undefined && patch.baseTick !== shownTick) {
            image = imageOf(state);
            records = [];
          }
          shownTick = state.tick;
        });
        // What is not committed is in no record.
        state.commit(state.committedTick + 1);
        const patch = state.tick === shownTick ? undefined : state.patch(shownTick);
        fc.pre(patch === undefined || patch.baseTick === shownTick);
        records.push({ tick: state.committedTick, patch });
        const other = createState();
        other.restore(withoutPending(image));
        other.replay(records);
        assertGoesOnAlike(state, other, after);
      }),
      { seed, numRuns: 150 },
    );
  });

  it("records of another image are refused", () => {
    const state = createState();
    state.tables["docs"]?.set("a", 1);
    state.commit(1);
    const patch = state.patch(0);
    const other = createState();
    other.tables["docs"]?.set("b", 1);
    other.commit(1);
    for (const commit of [
      { tick: 2, patch },
      { tick: 2, patch: patch && { ...patch, baseTick: 1 } },
    ])
      assert.throws(() => other.replay([commit]), { code: "invalid-image" });
  });

  it("MV-1: code finds its rows as it left them, also where clients are sent something rounder", () => {
    // What is wrong, and cannot be written down, is as it was committed.
    const right = act.filter(
      (one) => one.kind !== "change" || typeof one.change.value !== "function",
    );
    fc.assert(
      fc.property(fc.array(right, { maxLength: 25, size: "max" }), (acts) => {
        const state = createState();
        perform(state, acts, () => undefined);
        assert.deepEqual(rowsOf(restored(state)), rowsOf(state));
      }),
      { seed, numRuns: 150 },
    );
  });

  it("a float goes on with all its digits", () => {
    const state = createState();
    state.tables["every"]?.set("a", { aFloat: 0.1 });
    state.commit(1);
    const row = restored(state).tables["every"]?.get("a") as { aFloat: number };
    assert.equal(row.aFloat, 0.1);
  });

  it("a handle is never used twice, though its row went before the image", () => {
    const state = createState();
    state.tables["docs"]?.set("a", 1);
    state.commit(1);
    state.tables["docs"]?.delete("a");
    state.commit(2);
    const other = restored(state);
    for (const one of [state, other]) {
      one.tables["docs"]?.set("b", 1);
      one.commit(3);
    }
    assert.deepEqual(patches(other), patches(state));
  });
});
