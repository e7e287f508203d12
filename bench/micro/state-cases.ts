import { createStateMirror, type StateMirror } from "../../client/state/mirror.ts";
import { PlayerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createRoomState } from "../../server/state/room-state.ts";
import type { StateTable } from "../../server/state/table.ts";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract, type RowInitOf, type RowOf } from "../../shared/contract/index.ts";
import type { MicroCase } from "./micro-case.ts";

const rows = 1_000;
const nothing = new Uint8Array(0);

type Players = StateTable<RowInitOf<typeof PlayerSchema>, RowOf<typeof PlayerSchema>>;

/** A table of a thousand rows of eight fields, and a client's copy of it. */
interface World {
  readonly mirror: StateMirror;
  /** Changes three fields of every row. */
  step(): void;
  /** Finds what changed, as the next tick. */
  commit(): void;
  /** The State message from the tick before to this one. */
  encode(): Uint8Array;
}

/** Finding changes, writing them, taking them over. Each case but the last has the one before in it: subtract. */
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
  for (let index = 0; index < rows; index++) {
    players.set(`player-${index}`, { x: index, y: index, hp: 100, name: `Player ${index}` });
  }
  const mirror = createStateMirror(tables, { onError });
  let tick = 1;
  state.commit(tick);
  mirror.apply(stateOf(state.patch(0)?.body ?? nothing));
  return {
    mirror,
    step() {
      for (const player of players.values()) {
        player.x += 0.25;
        player.y -= 0.5;
        player.lastClientSeq++;
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
