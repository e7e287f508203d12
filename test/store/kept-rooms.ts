import { defineRoom } from "../../server/index.ts";
import { keptContract } from "./kept-contract.ts";

/** Rooms that are kept: a chat of which checkpoints are written, and some that are durable. */
export const rooms = {
  chat: defineRoom(keptContract, {
    durability: "checkpoint",
    portable: true,
    emptyDelayMs: 60_000,
    onInput: {
      say(room, player, number) {
        room.state.counts.set(player.id, { n: number });
        room.publish("said", `${player.id} ${number}`);
      },
    },
  }),
  // One whose history is longer than its log.
  log: defineRoom(keptContract, {
    durability: "durable",
    portable: true,
    watchable: true,
    emptyDelayMs: 60_000,
    history: { keepMs: 86_400_000 },
    log: { entriesMax: 20 },
    onInput: {
      say: (room, player, number) => void room.publish("said", `${player.id} ${number}`),
    },
  }),
  // The same, of which nothing that was shown is lost; the second is a game that ticks, the third sleeps when nobody is there.
  ...Object.fromEntries(
    (
      [
        ["durable", { tickRateHz: 0, emptyDelayMs: 60_000 }],
        ["game", { tickRateHz: 20, emptyDelayMs: 60_000 }],
        ["drowsy", { sleepAfterMs: 100, emptyDelayMs: Infinity }],
      ] as const
    ).map(([type, options]) => [
      type,
      defineRoom(keptContract, {
        durability: "durable",
        portable: true,
        ...options,
        create: () => ({ applied: 0 }),
        onInput: {
          say(room, player, number) {
            const before = room.state.counts.get(player.id)?.n ?? 0;
            room.data.applied++;
            // Once each, in their order.
            if (number !== before + 1) room.publish("said", `${player.id} wrong ${number}`);
            room.state.counts.set(player.id, { n: number });
            room.publish("said", `${player.id} ${number}`);
          },
        },
      }),
    ]),
  ),
};
