import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CoinSchema,
  PlayerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createStateMirror } from "../../client/state/mirror.ts";
import type { MirrorTable } from "../../client/state/mirror-table.ts";
import {
  renumberContractTable,
  createContractTable,
  contractTableToWire,
} from "../../shared/contract/contract-table.ts";
import { defineContract } from "../../shared/contract/index.ts";
import { StateSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { anyJson, contractTables, createEnds, stateBytes } from "./wire-state.ts";

const arena = { players: PlayerSchema, coins: CoinSchema };

function encode(state: MessageInitShape<typeof StateSchema>): Uint8Array {
  return toBinary(StateSchema, create(StateSchema, state));
}

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** Notes every callback of a table as text. */
function logOf(table: MirrorTable<unknown>, name: string, log: string[]): void {
  table.onAdd((_, key) => log.push(`${name} +${key}`));
  table.onChange((_, key, fields) => log.push(`${name} ~${key} ${fields.join(",")}`));
  table.onRemove((_, key) => log.push(`${name} -${key}`));
}

test("ST callbacks come after the whole update: removals, additions, changes, table by table", () => {
  const ends = createEnds(arena);
  const log: string[] = [];
  logOf(ends.mirrored.coins, "coins", log);
  logOf(ends.mirrored.players, "players", log);
  const ann = ends.tables.players.set("ann", {});
  ends.tables.players.set("bob", {});
  ends.commit();
  ends.sync();
  assert.deepEqual(log.splice(0), ["players +ann", "players +bob"]);

  let seen: unknown;
  ends.mirrored.players.onRemove(() => {
    seen = [ends.mirrored.coins.size, ends.mirrored.players.get("ann")?.hp, ends.mirror.tick];
  });
  ends.tables.coins.set("c", {});
  ann.score = 3;
  ann.hp = 7;
  ends.tables.players.delete("bob");
  ends.tables.players.set("bob", {});
  ends.commit();
  ends.sync();
  assert.deepEqual(seen, [1, 7, 2]);
  assert.deepEqual(log, ["players -bob", "players +bob", "players ~ann hp,score", "coins +c"]);
});

test("ST a row stays the same object through changes and snapshots", () => {
  const ends = createEnds({ every: EveryTypeSchema }, 0);
  const log: string[] = [];
  const row = ends.tables.every.set("a", { aFloat: 0.1, numbers: [1], maybeInt32: 1 });
  ends.tables.every.set("b", {});
  ends.tables.every.set("c", { aString: "c" });
  ends.commit();
  ends.sync();
  const mirrored = ends.mirrored.every.get("a");
  logOf(ends.mirrored.every, "every", log);
  row.aFloat = 2;
  row.numbers = [1, 2];
  row.maybeInt32 = undefined;
  ends.tables.every.delete("b");
  ends.tables.every.set("d", {});
  ends.commit();
  assert.equal(ends.state.patch(1)?.baseTick, 0);
  ends.sync();
  assert.deepEqual(log.splice(0), ["every -b", "every +d", "every ~a aFloat,maybeInt32,numbers"]);
  row.aFloat = 3;
  ends.commit();
  ends.sync();
  assert.deepEqual(log, ["every ~a aFloat"]);
  assert.equal(ends.mirrored.every.get("a"), mirrored);
  assert.deepEqual({ ...mirrored }, { ...row });
});

test("ST a callback that throws is told of and stops nothing", () => {
  const ends = createEnds(arena);
  const log: string[] = [];
  ends.mirrored.players.onAdd(() => {
    throw new Error("user code");
  });
  logOf(ends.mirrored.players, "players", log);
  ends.tables.players.set("ann", {});
  ends.commit();
  ends.sync();
  assert.deepEqual(log, ["players +ann"]);
  assert.deepEqual(ends.errors.map(String), ["Error: user code"]);
});

test("ST a subscription ends alone, also while it is called", () => {
  const ends = createEnds(arena);
  let calls = 0;
  const count = (): void => {
    calls++;
  };
  const first = ends.mirrored.players.onAdd(count);
  const second = ends.mirrored.players.onAdd(() => {
    count();
    second();
  });
  ends.mirrored.players.onAdd(count);
  first();
  first();
  for (const key of ["a", "b"]) {
    ends.tables.players.set(key, {});
    ends.commit();
    ends.sync();
  }
  assert.equal(calls, 3);
});

test("ST a callback may apply the next update", () => {
  const ends = createEnds(arena);
  const log: string[] = [];
  ends.tables.players.set("a", {});
  ends.commit();
  ends.mirrored.players.onAdd((_, key) => {
    if (key !== "a") return;
    ends.tables.players.set("b", {});
    ends.commit();
    ends.sync();
  });
  logOf(ends.mirrored.players, "players", log);
  ends.sync();
  assert.deepEqual(log, ["players +b", "players +a"]);
});

test("ST-1 only a snapshot, or a patch from the tick the mirror is at, is applied", () => {
  const { mirror } = createEnds(arena);
  assert.equal(mirror.apply(encode({ tick: 5n, baseTick: 3n })), "base-mismatch");
  assert.equal(mirror.apply(encode({ tick: 5n })), "applied");
  assert.equal(mirror.apply(encode({ tick: 7n, baseTick: 6n })), "base-mismatch");
  assert.equal(mirror.apply(encode({ tick: 7n, baseTick: 4n })), "base-mismatch");
  assert.equal(mirror.apply(encode({ tick: 5n, baseTick: 3n })), "stale");
  assert.equal(mirror.apply(encode({ tick: 5n, baseTick: 5n })), "stale");
  assert.equal(mirror.apply(encode({ tick: 6n, baseTick: 5n })), "applied");
  assert.equal(mirror.apply(encode({ tick: 2n })), "applied");
  assert.equal(mirror.tick, 2);
});

test("ST tables and fields of a newer server are passed over", () => {
  const { mirror, mirrored } = createEnds({ coins: CoinSchema });
  const state = encode({
    tick: 1n,
    tables: [
      { table: 9, groups: [{ tags: bytes("ff"), rows: bytes("ffff") }] },
      {
        table: 1,
        groups: [
          {
            created: true,
            // x; then 5 varint, 6 of 64 bits, 7 of a length, 8 of 32 bits; value; y as a varint, which it is not.
            tags: bytes("0d 28 31 3a 45 18 10"),
            rows: bytes("01 0161 0000803f ac02 0102030405060708 02ffff 01020304 09 7f"),
            cleared: [77, 5],
          },
        ],
      },
    ],
  });
  assert.equal(mirror.apply(Buffer.concat([state, bytes("a206 00")])), "applied");
  assert.deepEqual({ ...mirrored.coins.get("a") }, { x: 1, y: 0, value: 9 });
});

test("ST tables are found under the numbers the server gave", () => {
  const own = createContractTable(defineContract({ state: { mine: anyJson, coins: CoinSchema } }));
  const theirs = createContractTable(
    defineContract({ state: { other: anyJson, players: PlayerSchema, coins: CoinSchema } }),
  );
  const mirror = createStateMirror(own.tables, { onError: assert.ifError });
  mirror.renumber(renumberContractTable(own, contractTableToWire(theirs)).tables);
  const rows = bytes("010161");
  mirror.apply(
    encode({
      tick: 1n,
      tables: [1, 2, 3].map((table) => ({ table, groups: [{ created: true, rows }] })),
    }),
  );
  assert.equal(mirror.tables["mine"]?.size, 0);
  assert.deepEqual([...(mirror.tables["coins"]?.keys() ?? [])], ["a"]);
});

test("ST-2 a created row replaces what had its handle or its key", () => {
  const { mirror, mirrored } = createEnds(arena);
  const created = (hex: string) => [{ table: 1, groups: [{ created: true, rows: bytes(hex) }] }];
  mirror.apply(encode({ tick: 1n, tables: created("010161 020162") }));
  const log: string[] = [];
  logOf(mirrored.players, "players", log);
  mirror.apply(encode({ tick: 2n, baseTick: 1n, tables: created("010163") }));
  mirror.apply(encode({ tick: 3n, baseTick: 2n, tables: created("090162") }));
  assert.deepEqual(log, ["players -a", "players +c", "players -b", "players +b"]);
  assert.deepEqual([...mirrored.players.keys()], ["c", "b"]);
});

test("ST-2 a row that a patch removes is not changed by it", () => {
  const { mirror, mirrored } = createEnds(arena);
  mirror.apply(
    encode({
      tick: 1n,
      tables: [{ table: 1, groups: [{ created: true, rows: bytes("010161") }] }],
    }),
  );
  const log: string[] = [];
  logOf(mirrored.players, "players", log);
  const groups = [{ tags: bytes("20"), rows: bytes("0105") }];
  mirror.apply(encode({ tick: 2n, baseTick: 1n, tables: [{ table: 1, removed: [1], groups }] }));
  assert.deepEqual(log, ["players -a"]);
});

test("ST-2 a row that is created anew under its handle and key goes once and comes once", () => {
  const { mirror, mirrored } = createEnds(arena);
  const groups = [{ created: true, rows: bytes("010161") }];
  mirror.apply(encode({ tick: 1n, tables: [{ table: 1, groups }] }));
  const log: string[] = [];
  logOf(mirrored.players, "players", log);
  mirror.apply(encode({ tick: 2n, baseTick: 1n, tables: [{ table: 1, groups }] }));
  assert.deepEqual(log, ["players -a", "players +a"]);
});

test("ST rows keep nothing of the bytes they came in", () => {
  const ends = createEnds({ every: EveryTypeSchema });
  ends.tables.every.set("a", { someBytes: bytes("010203"), aString: "abc" });
  ends.commit();
  const frame = stateBytes(ends.state.patch(0)?.body ?? bytes("")).slice();
  ends.mirror.apply(frame);
  frame.fill(0);
  assert.deepEqual(ends.mirrored.every.get("a")?.someBytes, bytes("010203"));
});

const malformed: Readonly<Record<string, Uint8Array>> = {
  "a row that is not there": encode({
    tick: 2n,
    baseTick: 1n,
    tables: [{ table: 1, groups: [{ tags: bytes("20"), rows: bytes("01 05 09 06") }] }],
  }),
  "a key that is no UTF-8": encode({
    tick: 2n,
    tables: [{ table: 1, groups: [{ created: true, rows: bytes("02 01ff") }] }],
  }),
  "a value cut off": encode({
    tick: 2n,
    baseTick: 1n,
    tables: [
      { table: 1, removed: [1], groups: [{ tags: bytes("20"), rows: bytes("01 05") }] },
      { table: 2, groups: [{ created: true, tags: bytes("0d"), rows: bytes("01 0161 0000") }] },
    ],
  }),
  "a table cut off": bytes("0802 1001 1a 09 08"),
  "field number 0": bytes("0802 1001 00 00"),
  "a group of proto2 among the tags": encode({
    tick: 2n,
    baseTick: 1n,
    tables: [{ table: 1, groups: [{ tags: bytes("5b"), rows: bytes("01 05") }] }],
  }),
  "a row that is no message": encode({
    tick: 2n,
    baseTick: 1n,
    tables: [{ table: 1, groups: [{ merged: true, rows: bytes("01 02 0a05") }] }],
  }),
  "a JSON row that is no JSON": encode({
    tick: 2n,
    tables: [
      { table: 3, groups: [{ created: true, tags: bytes("0a"), rows: bytes("01 0161 017b") }] },
    ],
  }),
};

for (const [what, state] of Object.entries(malformed)) {
  test(`ST ${what} is malformed and changes nothing`, () => {
    const mirror = createStateMirror(contractTables({ ...arena, docs: anyJson }), {
      onError: assert.ifError,
    });
    const ends = createEnds(arena);
    ends.tables.players.set("ann", { hp: 1 });
    ends.commit();
    mirror.apply(stateBytes(ends.state.patch(0)?.body ?? bytes("")));
    const log: string[] = [];
    for (const [name, table] of Object.entries(mirror.tables)) logOf(table, name, log);
    assert.throws(() => mirror.apply(state), { name: "RoomlineError", code: "malformed-frame" });
    assert.equal(mirror.tick, 1);
    const rows = Object.values(mirror.tables).map((table) =>
      [...table].map(([key, row]) => [key, row]),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), [
      [
        [
          "ann",
          { x: 0, y: 0, heading: 0, hp: 1, score: 0, lastClientSeq: 0, inputsApplied: 0, name: "" },
        ],
      ],
      [],
      [],
    ]);
    mirror.apply(encode({ tick: 2n, baseTick: 1n }));
    assert.deepEqual(log, []);
  });
}
