import { setTimeout as sleep } from "node:timers/promises";
import { defineRoom } from "../../server/index.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { tally } from "./contract.ts";

/** Of joins, how many are waited for, and how long at most. */
const slowShare = 0.2;
const slowMs = 200;

/** A room that counts what players say, and passes it on with a number of its own. */
export function createTallyRoom(tickRateHz: number): RoomType {
  return defineRoom(tally, {
    tickRateHz,
    watchable: true,
    emptyDelayMs: 500,
    maxPlayers: 1_000,
    log: { entriesMax: 100_000, bytesMax: 50_000_000, ageMsMax: 600_000 },
    create: () => ({ published: 0 }),
    async onJoin(room) {
      if (Math.random() < slowShare) await sleep(Math.random() * slowMs);
      room.state.room.set("room", { published: room.data.published });
    },
    onLeave(room, player) {
      room.state.players.delete(player.id);
    },
    onInput: {
      say(room, player, { n, text }) {
        count(room.state.players, player.id, n);
        const number = ++room.data.published;
        room.publish("said", { by: player.id, n, number });
        room.state.room.set("room", { published: number });
        if (text === "throw") throw new Error("A handler of the soak throws.");
      },
      ask(room, player, { n }) {
        count(room.state.players, player.id, n);
        return { n: n * 2, published: room.data.published };
      },
    },
  });
}

interface Row {
  readonly first: number;
  readonly last: number;
  readonly outOfTurn: number;
}

function count(
  players: { get(id: string): Row | undefined; set(id: string, row: Row): unknown },
  id: string,
  n: number,
): void {
  const { first, last, outOfTurn } = players.get(id) ?? { first: n, last: n - 1, outOfTurn: 0 };
  players.set(id, { first, last: n, outOfTurn: n === last + 1 ? outOfTurn : outOfTurn + 1 });
}
