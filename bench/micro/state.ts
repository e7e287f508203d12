/**
 * Measures finding and encoding the changes of one table: `node --conditions=roomline-source --import tsx
 * bench/micro/state.ts [entities] [rounds]`. Prints nanoseconds per entity: the median and the best of the rounds.
 */
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createRoomState } from "../../server/state/room-state.ts";
import type { StateTable } from "../../server/state/table.ts";
import { createStateMirror } from "../../client/state/mirror.ts";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract, type RowInitOf, type RowOf } from "../../shared/contract/index.ts";

type Players = StateTable<RowInitOf<typeof PlayerSchema>, RowOf<typeof PlayerSchema>>;

const entities = Number(process.argv[2] ?? 1_000);
const rounds = Number(process.argv[3] ?? 2_000);
const { tables } = createContractTable(defineContract({ state: { players: PlayerSchema } }));
const raise = (error: unknown): never => {
  throw error;
};
const state = createRoomState(tables, { tombstonesMax: 64, onError: raise });
const players = state.tables["players"] as Players;
for (let index = 0; index < entities; index++) {
  players.set(`player-${index}`, { x: index, y: index, hp: 100, name: `Player ${index}` });
}
state.commit(1);

const mirror = createStateMirror(tables, { onError: raise });
const stateOf = (body: Uint8Array): Uint8Array => {
  let at = 1;
  while ((body[at++] ?? 0) > 0x7f);
  return body.subarray(at);
};
const first = state.patch(0);
if (first !== undefined) mirror.apply(stateOf(first.body));

const samples = { idle: [], step: [], diff: [], encode: [], apply: [] } as Record<string, number[]>;
const measure = (name: string, run: () => void): void => {
  const start = process.hrtime.bigint();
  run();
  samples[name]?.push(Number(process.hrtime.bigint() - start) / entities);
};
let bytes = 0;
for (let round = 0; round < rounds; round++) {
  const tick = round * 2 + 3;
  measure("idle", () => state.commit(tick - 1));
  measure("step", () => {
    for (const player of players.values()) {
      player.x += 0.25;
      player.y -= 0.5;
      player.lastClientSeq++;
    }
  });
  measure("diff", () => state.commit(tick));
  let body: Uint8Array = new Uint8Array(0);
  measure("encode", () => {
    body = state.patch(mirror.tick)?.body ?? body;
  });
  bytes = body.length;
  measure("apply", () => mirror.apply(stateOf(body)));
}
console.log(`${entities} rows of 8 fields, 3 changed; ${(bytes / entities).toFixed(1)} B a row`);
for (const [name, values] of Object.entries(samples)) {
  const sorted = values.slice(rounds >> 2).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  console.log(`${name.padEnd(7)} ${median.toFixed(1)} ns, best ${(sorted[0] ?? 0).toFixed(1)} ns`);
}
