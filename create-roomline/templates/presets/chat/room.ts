import { defineRoom } from "roomline/server";
import { chat } from "./contract.ts";

/** A chat room: it runs when somebody says something, and tells who comes later the last 50 things that were said. */
export const chatRoom = defineRoom(chat, {
  maxPlayers: 200,
  portable: true, // its rooms can go on in another process: what they know is in tables
  historyOnJoin: 50,
  log: { entriesMax: 1_000, ageMsMax: 60 * 60_000 },
  emptyDelayMs: 10 * 60_000,

  onJoin(room, player) {
    room.state.members.set(player.id, { isOnline: true, isTyping: false });
    room.publish("joined", { name: player.id }, { except: player });
  },

  // The connection is lost. The seat is kept, and what is said meanwhile is told when the player is back.
  onDrop(room, player) {
    room.state.members.set(player.id, { isOnline: false, isTyping: false });
  },

  onResume(room, player) {
    room.state.members.set(player.id, { isOnline: true, isTyping: false });
  },

  onLeave(room, player) {
    room.state.members.delete(player.id);
    room.publish("left", { name: player.id });
  },

  onInput: {
    say(room, player, { text }) {
      room.publish("said", { by: player.id, text, atMs: Date.now() });
    },
    typing(room, player, { isTyping }) {
      const member = room.state.members.get(player.id);
      if (member !== undefined) member.isTyping = isTyping; // changed in place: every copy follows
    },
  },
});

/** The rooms of the server, by the name of their type. */
export const rooms = { chat: chatRoom };
