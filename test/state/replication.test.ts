import { create, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createStateMirror, type StateMirror } from "../../client/state/mirror.ts";
import { createRoomState } from "../../server/state/room-state.ts";
import type { StateTable } from "../../server/state/table.ts";
import { isJsonType, type PayloadType } from "../../shared/contract/payload-type.ts";
import { createRowLayout, type Row } from "../../shared/state/row-layout.ts";
import { EditionRowSchema } from "../gen/roomline/test/v1/edition_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { ForeignClient } from "./foreign-client.ts";
import { editionField, everyField, fieldChange, rowInit, type FieldChange } from "./random-rows.ts";
import { anyJson, contractTables, decodeState, stateBytes } from "./wire-state.ts";

/** What a room's code does, when that is committed, and who is sent a patch when: it holds what was committed last. */
type Step =
  | { readonly do: "set"; readonly table: number; readonly key: string; readonly init: unknown }
  | {
      readonly do: "change";
      readonly table: number;
      readonly key: string;
      readonly to: FieldChange;
    }
  | { readonly do: "mutate"; readonly key: string }
  | { readonly do: "delete"; readonly table: number; readonly key: string }
  | { readonly do: "clear"; readonly table: number }
  | { readonly do: "commit"; readonly receivers: readonly number[] }
  | { readonly do: "send"; readonly receivers: readonly number[] };

const types: Readonly<Record<string, PayloadType>> = {
  every: EveryTypeSchema,
  editions: EditionRowSchema,
  docs: anyJson,
};
const names = Object.keys(types);
const schemas = new Map<number, DescMessage>([
  [1, EveryTypeSchema],
  [2, EditionRowSchema],
]);
const layouts = new Map(
  Object.entries(types).map(([name, type]) => [name, createRowLayout(type)] as const),
);
const receiverCount = 3;

const receivers = fc.subarray([...Array(receiverCount).keys()]);
const key = fc.constantFrom("a", "b", "é", "", "\u{1f600}\ufeff");
const json = fc.jsonValue({ maxDepth: 2 });
const editionChange = fieldChange(editionField);
const everyChange = fieldChange(everyField);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: setStep(0, rowInit(everyField)) },
  { weight: 1, arbitrary: setStep(1, rowInit(editionField)) },
  { weight: 1, arbitrary: setStep(2, json) },
  { weight: 8, arbitrary: changeStep(0, everyChange) },
  { weight: 2, arbitrary: changeStep(1, editionChange) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("mutate" as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("delete" as const), table: fc.nat(2), key }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), table: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("commit" as const), receivers }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("send" as const), receivers }) },
);

function setStep(table: number, init: fc.Arbitrary<unknown>): fc.Arbitrary<Step> {
  return fc.record({ do: fc.constant("set" as const), table: fc.constant(table), key, init });
}

function changeStep(table: number, to: fc.Arbitrary<FieldChange>): fc.Arbitrary<Step> {
  return fc.record({ do: fc.constant("change" as const), table: fc.constant(table), key, to });
}

/** A room, and receivers that lag behind it in different ways: each both a mirror and a foreign client. */
class Replication {
  readonly #kinds = contractTables(types);
  readonly #room = createRoomState(this.#kinds, { tombstonesMax: 3, onError: raise });
  readonly #receivers = Array.from({ length: receiverCount }, () => ({
    mirror: createStateMirror(this.#kinds, { onError: raise }),
    foreign: new ForeignClient(schemas),
    watch: new Map<string, Map<string, unknown>>(),
  }));
  #tick = 0;
  #committed = this.#contents();

  constructor() {
    for (const { mirror, watch } of this.#receivers) watchTables(mirror, watch);
  }

  run(steps: readonly Step[]): void {
    for (const next of steps) this.#step(next);
    this.#step({ do: "commit", receivers: [0, 1, 2] });
  }

  #table(index: number): StateTable<unknown, unknown> {
    const table = this.#room.tables[names[index] ?? ""];
    assert.ok(table);
    return table;
  }

  #step(next: Step): void {
    switch (next.do) {
      case "set":
        this.#table(next.table).set(next.key, next.init);
        return;
      case "change": {
        const row = this.#table(next.table).get(next.key) as Row | undefined;
        if (row !== undefined) row[next.to.name] = next.to.value;
        return;
      }
      case "mutate":
        mutate(this.#table(0).get(next.key) as Row | undefined);
        mutateJson(this.#table(2).get(next.key));
        return;
      case "delete":
        this.#table(next.table).delete(next.key);
        return;
      case "clear":
        this.#table(next.table).clear();
        return;
      case "commit":
        if (this.#room.commit(++this.#tick)) this.#committed = this.#contents();
        this.#send(next.receivers);
        return;
      case "send":
        this.#send(next.receivers);
    }
  }

  #send(to: readonly number[]): void {
    for (const index of to) this.#receive(index);
    const fresh = createStateMirror(this.#kinds, { onError: raise });
    fresh.apply(stateBytes(this.#room.snapshot().body));
    assert.deepStrictEqual(contentsOf(fresh), this.#committed, "snapshot");
  }

  #receive(index: number): void {
    const receiver = this.#receivers[index];
    assert.ok(receiver);
    const { mirror, foreign, watch } = receiver;
    const patch = this.#room.patch(mirror.tick);
    if (patch !== undefined) {
      assert.equal(mirror.apply(stateBytes(patch.body)), "applied");
      foreign.apply(decodeState(patch.body));
    }
    assert.equal(mirror.tick, this.#room.tick);
    const mirrored = contentsOf(mirror);
    assert.deepStrictEqual(mirrored, this.#committed, "mirror");
    for (const [number, schema] of schemas) {
      const name = names[number - 1] ?? "";
      const entities = [...foreign.byKey(number)].map(
        ([key, message]) => [key, plain(schema, message)] as const,
      );
      assert.deepStrictEqual(new Map(entities), this.#committed.get(name), "foreign client");
    }
    const watched = new Map(names.map((name) => [name, watch.get(name) ?? new Map()]));
    assert.deepStrictEqual(watched, mirrored, "callbacks");
  }

  /** All rows as they would arrive. */
  #contents(): Map<string, Map<string, unknown>> {
    const contents = new Map<string, Map<string, unknown>>();
    for (const [name, table] of Object.entries(this.#room.tables)) {
      const type = types[name];
      assert.ok(type);
      const rows = new Map<string, unknown>();
      for (const [key, row] of table) rows.set(key, arrived(type, row));
      contents.set(name, rows);
    }
    return contents;
  }
}

function raise(error: unknown): never {
  throw error;
}

/** Keeps a copy of the tables from the callbacks alone. */
function watchTables(mirror: StateMirror, watch: Map<string, Map<string, unknown>>): void {
  for (const [name, table] of Object.entries(mirror.tables)) {
    const rows = new Map<string, unknown>();
    watch.set(name, rows);
    table.onRemove((_, key) => assert.ok(rows.delete(key)));
    table.onAdd((row, key) => {
      assert.ok(!rows.has(key));
      rows.set(key, row);
    });
    table.onChange((row, key) => {
      assert.ok(rows.has(key));
      rows.set(key, row);
    });
  }
}

function contentsOf(mirror: StateMirror): Map<string, Map<string, unknown>> {
  return new Map(names.map((name) => [name, new Map<string, unknown>(mirror.tables[name])]));
}

function arrived(type: PayloadType, row: unknown): unknown {
  if (isJsonType(type)) return JSON.parse(JSON.stringify(row)) as unknown;
  const message = create(type, { ...(row as Row) });
  return plain(type, fromBinary(type, toBinary(type, message)));
}

/** A generated message as a row. */
function plain(schema: DescMessage, message: unknown): unknown {
  const layout = [...layouts.values()].find(({ desc }) => desc === schema);
  return layout?.create(message);
}

/** Changes the insides of fields without replacing them. */
function mutate(row: Row | undefined): void {
  if (row === undefined) return;
  const { someBytes, numbers, counts, point } = row;
  if (someBytes instanceof Uint8Array && someBytes.length > 0)
    someBytes[0] = 255 - (someBytes[0] ?? 0);
  if (Array.isArray(numbers)) numbers.push(numbers.length);
  if (typeof counts === "object" && counts !== null) Object.assign(counts, { more: 7 });
  if (typeof point === "object" && point !== null) Object.assign(point, { x: 0.3 });
}

function mutateJson(value: unknown): void {
  if (typeof value === "object" && value !== null) Object.assign(value, { "0": 1 });
}

test("ST an optional float that turns from 0 to -0 is a change (seed 7)", () => {
  new Replication().run([
    { do: "set", table: 0, key: "a", init: { maybeDouble: 0 } },
    { do: "commit", receivers: [0] },
    { do: "set", table: 0, key: "a", init: { maybeDouble: -0 } },
  ]);
});

const seeds = [20_261_120, 7, 42, 1_337];
for (const seed of seeds) {
  test(`ST-2 ST-4 mirror, foreign client and room agree whatever happens, seed ${seed}`, () => {
    const property = fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      new Replication().run(steps);
    });
    fc.assert(property, { seed, numRuns: 500 });
  });
}
