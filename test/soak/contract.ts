import { z } from "zod";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";

const numbered = z.object({ n: z.number(), text: z.optional(z.string()) });

/** A room in which everything is numbered twice: by the player who says it, and by the room that passes it on. */
export const tally = defineContract({
  inputs: {
    say: json(numbered),
    /** Counts like what is said; answered with what the room has published so far. */
    ask: withReply(json(numbered), json(z.object({ n: z.number(), published: z.number() }))),
  },
  events: { said: json(z.object({ by: z.string(), n: z.number(), number: z.number() })) },
  state: {
    players: json(
      z.object({
        /** The number of the first input of the player that came here, and of the last. */
        first: z.number(),
        last: z.number(),
        /** Inputs that did not have the number after the one before. */
        outOfTurn: z.number(),
      }),
    ),
    room: json(z.object({ published: z.number() })),
  },
});
