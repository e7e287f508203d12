import { defineRoom, RoomlineError } from "roomline/server";
import { seatsOf } from "../options.ts";
import { chat } from "./contract.ts";

/** A chat room: it runs when somebody says something, keeps the last hour, and gives joiners the last 50 messages. */
export const chatRoom = defineRoom(chat, {
  historyOnJoin: 50,
  log: { entriesMax: 4_096, ageMsMax: 60 * 60_000 },
  maxPlayers: 200,
  emptyDelayMs: 5 * 60_000,

  create(room, options) {
    room.maxPlayers = seatsOf(options, { default: 200, max: 1_000 });
  },

  onJoin(room, player) {
    room.state.members.set(player.id, { name: player.id, online: true });
    room.publish("joined", { name: player.id }, { except: player });
  },

  onDrop(room, player) {
    const member = room.state.members.get(player.id);
    if (member !== undefined) member.online = false;
  },

  onResume(room, player) {
    const member = room.state.members.get(player.id);
    if (member !== undefined) member.online = true;
  },

  onLeave(room, player) {
    const name = room.state.members.get(player.id)?.name ?? player.id;
    room.state.members.delete(player.id);
    room.publish("left", { name });
  },

  onInput: {
    say(room, player, { text, n }) {
      const name = room.state.members.get(player.id)?.name ?? player.id;
      const message = n === undefined ? { name, text } : { name, text, n };
      room.publish("said", message, { from: player });
    },
    typing(room, player) {
      const name = room.state.members.get(player.id)?.name ?? player.id;
      room.publish("typing", { name }, { from: player, except: player, ephemeral: true });
    },
    rename(room, player, { name }) {
      for (const [id, member] of room.state.members) {
        if (id === player.id || member.name !== name) continue;
        throw new RoomlineError("invalid-argument", `Somebody here is called ${name} already.`);
      }
      const member = room.state.members.get(player.id);
      if (member !== undefined) member.name = name;
      return { name };
    },
  },
});
