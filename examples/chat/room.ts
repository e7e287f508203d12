import { defineRoom, RoomlineError, type Room } from "roomline/server";
import * as v from "valibot";
import { seatsOf } from "../options.ts";
import { chat, joinOptions } from "./contract.ts";

/** A chat room: it runs when somebody says something, keeps the last hour, and gives joiners the last 50 messages. */
export const chatRoom = defineRoom(chat, {
  historyOnJoin: 50,
  portable: true,
  log: { entriesMax: 4_096, ageMsMax: 60 * 60_000 },
  maxPlayers: 200,
  emptyDelayMs: 5 * 60_000,

  create(room, options) {
    room.maxPlayers = seatsOf(options, { default: 200, max: 1_000 });
  },

  nameOf: (room, player) => room.state.members.get(player.id)?.name ?? "",

  onJoin(room, player, options) {
    const name = freeName(room, nameIn(options) ?? player.id);
    room.state.members.set(player.id, { name, online: true });
    room.publish("joined", { name }, { except: player });
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
      if (isTaken(room, name, player.id))
        throw new RoomlineError("invalid-argument", `Somebody here is called ${name} already.`);
      const member = room.state.members.get(player.id);
      if (member !== undefined) member.name = name;
      return { name };
    },
  },
});

/** @throws RoomlineError for options that are none, or a name that cannot be: it refuses the join */
function nameIn(options: unknown): string | undefined {
  const parsed = v.safeParse(joinOptions, options);
  if (parsed.success) return parsed.output?.name;
  throw new RoomlineError("invalid-argument", "A name has to be 1 to 40 characters.");
}

function isTaken(room: Room<typeof chat>, name: string, exceptId = ""): boolean {
  for (const [id, member] of room.state.members) {
    if (id !== exceptId && member.name === name) return true;
  }
  return false;
}

/** The name, or with a number behind it when somebody here has it. Ends: there are fewer members than numbers. */
function freeName(room: Room<typeof chat>, wanted: string): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted} ${number}`;
    if (!isTaken(room, name)) return name;
  }
}
