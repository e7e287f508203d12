import { defineRoom } from "roomline/server";
import { arena } from "../../../examples/arena/contract.ts";
import { chat } from "../../../examples/chat/contract.ts";

/** Rooms that lose things: every ninth message of a chat is never published, every ninth steer never applied. */
export const rooms = {
  chat: defineRoom(chat, {
    onInput: {
      say(room, player, { text, n }) {
        if (n === undefined || n % 9 === 0) return;
        room.publish("said", { name: player.id, text, n }, { from: player });
      },
      typing: () => undefined,
      rename: (_room, _player, { name }) => ({ name }),
    },
  }),
  arena: defineRoom(arena, {
    tickRateHz: 20,
    onJoin: (room, player) => void room.state.players.set(player.id, { hp: 100 }),
    onInput: {
      steer(room, player, { clientSeq }) {
        const ship = room.state.players.get(player.id);
        if (ship === undefined || clientSeq % 9 === 0) return;
        ship.lastClientSeq = clientSeq;
        ship.inputsApplied++;
      },
    },
  }),
};
