import { defineRoom } from "roomline/server";
import { chat } from "./contract.ts";

/** A chat room: it runs when somebody says something, and tells who comes later the last 50 things that were said. */
export const chatRoom = defineRoom(chat, {
  maxPlayers: 200,
  portable: true, // its rooms can go on in another process: what they know is in tables
  historyOnJoin: 50,
  log: { entriesMax: 1_000, ageMsMax: 60 * 60_000 },
  emptyDelayMs: 10 * 60_000,

  // Who is here, and whose connection is lost, members are told by the engine. A seat is kept for two minutes without one, and
  // what is said meanwhile is told when the player is back.
  onJoin: (room, player) => void room.publish("joined", { name: player.id }, { except: player }),
  onLeave: (room, player) => void room.publish("left", { name: player.id }),

  onInput: {
    say(room, player, { text }) {
      room.publish("said", { by: player.id, text, atMs: Date.now() });
    },
  },
});

/** The rooms of the server, by the name of their type. */
export const rooms = { chat: chatRoom };
