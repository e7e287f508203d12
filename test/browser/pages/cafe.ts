import { defineContract, json } from "roomline/contract";
import * as z from "zod";

/** A room whose guests say how they feel, and in which a number goes up. */
export const cafe = defineContract({
  presence: json(z.object({ mood: z.string() })),
  state: { clock: json(z.object({ ticks: z.number() })) },
  events: { ticked: json(z.number()) },
});
