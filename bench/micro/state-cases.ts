import { createStateMirror, type StateMirror } from "../../client/state/mirror.ts";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createRoomState } from "../../server/state/room-state.ts";
import type { StateTable } from "../../server/state/table.ts";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract, type RowInitOf, type RowOf } from "../../shared/contract/index.ts";
import type { MicroCase } from "./micro-case.ts";

const rows = 1_000;
const fewRows = 20;
const nothing = new Uint8Array(0);

type Players = StateTable<RowInitOf<typeof PlayerSchema>, RowOf<typeof PlayerSchema>>;

/** A table of a thousand rows of eight fields, and a client's copy of it. */
interface World {
  readonly mirror: StateMirror;
  /** Changes three fields of the first so many rows. */
  step(count?: number): void;
  /** Removes the oldest rows, and makes as many new ones. */
  replace(count: number): void;
  /** Finds what changed, as the next tick. */
  commit(): void;
  /** The State message from the tick before to this one. */
  encode(): Uint8Array;
}

/** Finding changes, writing them, taking them over. Each case of the last four has the one before in it: subtract. */
export const stateCases: readonly MicroCase[] = [
  {
    name: "state-idle",
    what: `looking at ${rows} rows of which none changed`,
    prepare() {
      const world = createWorld();
      return () => world.commit();
    },
  },
  {
    name: "state-few",
    what: `three fields of ${fewRows} of ${rows} rows change: finding that and writing it as a patch`,
    prepare() {
      const world = createWorld();
      return () => {
        world.step(fewRows);
        world.commit();
        world.encode();
      };
    },
  },
  {
    name: "state-replace",
    what: `${fewRows} of ${rows} rows go and as many come: finding that and writing it as a patch`,
    prepare() {
      const world = createWorld();
      return () => {
        world.replace(fewRows);
        world.commit();
        world.encode();
      };
    },
  },
  {
    name: "state-step",
    what: `the simulation itself: three of the eight fields of ${rows} rows change`,
    prepare() {
      const world = createWorld();
      return () => world.step();
    },
  },
  {
    name: "state-diff",
    what: "state-step, then finding what changed",
    prepare() {
      const world = createWorld();
      return () => {
        world.step();
        world.commit();
      };
    },
  },
  {
    name: "state-encode",
    what: "state-diff, then writing it as a patch",
    prepare() {
      const world = createWorld();
      return () => {
        world.step();
        world.commit();
        world.encode();
      };
    },
  },
  {
    name: "state-apply",
    what: "state-encode, then applying the patch to a client's copy",
    prepare() {
      const world = createWorld();
      return () => {
        world.step();
        world.commit();
        world.mirror.apply(world.encode());
      };
    },
  },
];

function createWorld(): World {
  const { tables } = createContractTable(defineContract({ state: { players: PlayerSchema } }));
  const onError = (error: unknown): never => {
    throw error;
  };
  const state = createRoomState(tables, { tombstonesMax: 64, onError });
  const players = state.tables["players"] as Players;
  let next = 0;
  const add = (): void => {
    const index = next++;
    players.set(`player-${index}`, { x: index, y: index, hp: 100, name: `Player ${index}` });
  };
  for (let index = 0; index < rows; index++) add();
  const mirror = createStateMirror(tables, { onError });
  let tick = 1;
  state.commit(tick);
  mirror.apply(stateOf(state.patch(0)?.body ?? nothing));
  return {
    mirror,
    step(count = rows) {
      let left = count;
      for (const player of players.values()) {
        if (left-- === 0) return;
        player.x += 0.25;
        player.y -= 0.5;
        player.lastClientSeq++;
      }
    },
    replace(count) {
      for (let index = 0; index < count; index++) {
        players.delete(`player-${next - rows}`);
        add();
      }
    },
    commit() {
      tick++;
      state.commit(tick);
    },
    encode: () => stateOf(state.patch(tick - 1)?.body ?? nothing),
  };
}

/** The State message inside the body of a server message: behind its tag and its length. */
function stateOf(body: Uint8Array): Uint8Array {
  let at = 1;
  while ((body[at++] ?? 0) > 0x7f);
  return body.subarray(at);
}
