import { defineContract, json } from "roomline/contract";
import * as z from "zod";

const part = z.number().min(-1).max(1);

/** What an arena and its players say to each other. */
export const arena = defineContract({
  inputs: {
    /** One step of the player's ship. `seq` counts them: 1, 2, 3 … */
    move: json(z.object({ dx: part, dy: part, seq: z.number().int() })),
  },
  events: { scored: json(z.object({ by: z.string(), score: z.number() })) },
  state: {
    /** By player. `seq`: the newest of the player's steps that is in it. */
    ships: json(z.object({ x: z.number(), y: z.number(), score: z.number(), seq: z.number() })),
    coins: json(z.object({ x: z.number(), y: z.number() })),
  },
});
