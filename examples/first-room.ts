// A whole room, to copy. Run it: npm run roomline -- serve examples/first-room.ts
import * as v from "valibot";
import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";

/** What clients and the room say to each other. Clients import this too, and are typed by it. */
export const counter = defineContract({
  inputs: { add: json(v.object({ by: v.pipe(v.number(), v.integer()) })) },
  events: { milestone: json(v.object({ total: v.number(), by: v.string() })) },
  state: { totals: json(v.object({ total: v.number() })) },
});

/** Everybody adds to one number. Every tenth is worth a message. */
export const counterRoom = defineRoom(counter, {
  create(room) {
    room.state.totals.set("all", { total: 0 });
  },
  onInput: {
    add(room, player, { by }) {
      const row = room.state.totals.get("all");
      if (row === undefined) return;
      const tens = Math.floor(row.total / 10);
      row.total += by; // Changed in place: every player's copy follows.
      if (Math.floor(row.total / 10) > tens)
        room.publish("milestone", { total: row.total, by: player.id });
    },
  },
});

/** What `roomline serve` looks for: room types by name. */
export const rooms = { counter: counterRoom };
