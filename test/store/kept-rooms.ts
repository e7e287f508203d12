import { defineRoom } from "../../server/index.ts";
import { keptContract } from "./kept-contract.ts";

/** Rooms that are kept: a chat of which checkpoints are written, and two that are durable. */
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
  // The same, of which nothing that was shown is lost; the second is a game that ticks.
  ...Object.fromEntries(
    [0, 20].map((tickRateHz) => [
      tickRateHz === 0 ? "durable" : "game",
      defineRoom(keptContract, {
        durability: "durable",
        portable: true,
        tickRateHz,
        emptyDelayMs: 60_000,
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
