import { defineRoom } from "roomline/server";
import { arena } from "../../../examples/arena/contract.ts";
import { chat } from "../../../examples/chat/contract.ts";

const held = new Map<string, number>();

/**
 * Rooms that do too much: a chat says every ninth message twice and swaps the fourth with the fifth, an arena gives two
 * events the same number.
 */
export const rooms = {
  chat: defineRoom(chat, {
    onInput: {
      say(room, player, { text, n = 0 }) {
        const say = (number: number): void =>
          void room.publish("said", { name: player.id, text, n: number }, { from: player });
        if (n === 4) {
          held.set(player.id, n);
          return;
        }
        say(n);
        if (n === 5) say(held.get(player.id) ?? 0);
        if (n % 9 === 0) say(n);
      },
      typing: () => undefined,
      rename: (_room, _player, { name }) => ({ name }),
    },
  }),
  arena: defineRoom(arena, {
    tickRateHz: 20,
    create: (room) => void room.state.match.set("match", {}),
    onJoin: (room, player) => void room.state.players.set(player.id, { hp: 100 }),
    onInput: {
      steer(room, player, { clientSeq }) {
        const ship = room.state.players.get(player.id);
        const match = room.state.match.get("match");
        if (ship === undefined || match === undefined) return;
        ship.lastClientSeq = clientSeq;
        ship.inputsApplied++;
        if (clientSeq % 9 !== 0) match.eventsPublished++;
        room.publish("scored", { number: match.eventsPublished, player: player.id });
      },
    },
  }),
};
