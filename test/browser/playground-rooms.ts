import { defineContract, json, withReply } from "roomline/contract";
import { defineRoom, RoomlineError } from "roomline/server";
import * as z from "zod";

/** A café: presence, an input that is answered, and one of its fields in another. */
export const cafe = defineContract({
  presence: json(z.object({ name: z.string().min(1).max(30), status: z.enum(["here", "busy"]) })),
  inputs: {
    order: withReply(
      json(
        z.object({
          drink: z.enum(["tea", "coffee"]),
          cups: z.int().min(1).max(9),
          wishes: z.array(z.string()),
          to: z.object({ table: z.int().min(1) }).optional(),
        }),
      ),
      json(z.object({ price: z.number() })),
    ),
  },
  events: { ordered: json(z.object({ by: z.string(), drink: z.string() })) },
  state: { bills: json(z.object({ cups: z.number(), last: z.string() })) },
});

/** Who asks for more than four at once is refused. */
export const cafeRoom = defineRoom(cafe, {
  onInput: {
    order(room, player, { drink, cups }) {
      if (cups > 4)
        throw new RoomlineError("refused", "There are four cups.", { reason: "too-few-cups" });
      const before = room.state.bills.get(player.id)?.cups ?? 0;
      room.state.bills.set(player.id, { cups: before + cups, last: drink });
      room.publish("ordered", { by: player.id, drink }, { from: player });
      return { price: cups * 2.5 };
    },
  },
});
