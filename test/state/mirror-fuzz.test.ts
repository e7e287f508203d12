import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createStateMirror } from "../../client/state/mirror.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { everyField, rowInit } from "./random-rows.ts";
import { anyJson, contractTables, createEnds, stateBytes } from "./wire-state.ts";

const tables = { every: EveryTypeSchema, docs: anyJson };
const kinds = contractTables(tables);

/** Applies bytes of unknown origin: they are taken, or refused by name without having changed anything. */
function applyUntrusted(bytes: Uint8Array, first?: Uint8Array): void {
  const mirror = createStateMirror(kinds, { onError: assert.ifError });
  if (first !== undefined) mirror.apply(first);
  const tick = mirror.tick;
  const before = [...Object.values(mirror.tables)].map((table) => new Map(table));
  try {
    mirror.apply(bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof RoomlineError, String(thrown));
    assert.equal(thrown.code, "malformed-frame");
    assert.equal(mirror.tick, tick);
    assert.deepEqual(
      [...Object.values(mirror.tables)].map((table) => new Map(table)),
      before,
    );
  }
}

const seed = 20_261_120;

test(`ST random bytes are applied or refused by name, seed ${seed}`, () => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    applyUntrusted(bytes);
  });
  fc.assert(property, { seed, numRuns: 3_000 });
});

test(`ST mutated states are applied or refused by name, seed ${seed}`, () => {
  const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
  const property = fc.property(
    fc.array(rowInit(everyField), { minLength: 1, maxLength: 4 }),
    fc.array(mutation, { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    (rows, mutations, isPatch) => {
      const ends = createEnds(tables);
      ends.tables.every.set("0", {});
      ends.tables.docs.set("0", {});
      ends.commit();
      const first = stateBytes(ends.state.patch(0)?.body ?? new Uint8Array());
      rows.forEach((row, index) => ends.tables.every.set(`${index}`, row));
      ends.tables.docs.set("0", rows.length);
      ends.commit();
      let bytes = stateBytes(ends.state.patch(isPatch ? 1 : 0)?.body ?? new Uint8Array()).slice();
      for (const { at, byte, cut } of mutations) {
        const where = at % Math.max(1, bytes.length);
        if (cut) bytes = bytes.slice(0, where);
        else bytes[where] = byte;
      }
      applyUntrusted(bytes, first);
    },
  );
  fc.assert(property, { seed, numRuns: 3_000 });
});

/** A field of a length with its content. */
function delimited(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const length: number[] = [];
  let rest = content.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.of(tag, ...length, rest), content]);
}

const size = 60_000;
const state = (...parts: Uint8Array[]): Uint8Array =>
  Buffer.concat([Uint8Array.of(0x08, 9), delimited(0x1a, Uint8Array.of(0x08, 1), ...parts)]);
const firstRow = Buffer.concat([
  state(delimited(0x1a, delimited(0x12, Uint8Array.of(0, 0)), Uint8Array.of(0x18, 1))),
  Uint8Array.of(0x08, 1),
]);
/** Shapes of 64 KiB that would hurt if work or memory grew faster than the input. */
const shapes: Readonly<Record<string, Uint8Array>> = {
  "empty groups": state(...Array.from({ length: size / 2 }, () => Uint8Array.of(0x1a, 0))),
  "empty tables": Buffer.concat([
    Uint8Array.of(0x08, 9),
    ...Array.from({ length: size / 2 }, () => Uint8Array.of(0x1a, 0)),
  ]),
  "many cleared fields on many rows": Buffer.concat([
    Uint8Array.of(0x10, 1),
    state(
      delimited(
        0x1a,
        delimited(0x12, new Uint8Array(size / 2)),
        delimited(0x22, new Uint8Array(size / 2).fill(18)),
      ),
    ),
  ]),
  "many tags on short rows": state(
    delimited(
      0x1a,
      delimited(0x0a, new Uint8Array(size / 2).fill(0x28)),
      delimited(0x12, new Uint8Array(size / 2)),
      Uint8Array.of(0x18, 1),
    ),
  ),
  "many new rows of nothing": state(
    delimited(0x1a, delimited(0x12, new Uint8Array(size)), Uint8Array.of(0x18, 1)),
  ),
  "a length of 4 GiB": state(Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f)),
  "many removals": state(delimited(0x12, new Uint8Array(size).fill(1))),
};

for (const [what, bytes] of Object.entries(shapes)) {
  test(`ST ${what}: no more work or memory than the bytes justify`, () => {
    global.gc?.();
    const heap = process.memoryUsage().heapUsed;
    // Of this process alone: other tests run at the same time.
    const start = process.cpuUsage();
    // A snapshot at tick 1 with one row, of handle 0, for the shapes that change rows.
    applyUntrusted(bytes, firstRow);
    const { user, system } = process.cpuUsage(start);
    const cpuMs = (user + system) / 1_000;
    const grown = process.memoryUsage().heapUsed - heap;
    assert.ok(cpuMs < 2_000, `${cpuMs} ms`);
    assert.ok(grown < 64 * 1_048_576, `${grown} B`);
  });
}
