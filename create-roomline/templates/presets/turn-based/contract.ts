import { defineContract, json } from "roomline/contract";
import * as z from "zod";

const color = z.enum(["red", "blue"]);

/** Who has won; `none` while the game goes on, `draw` when nobody can. */
const winner = z.enum(["none", "draw", "red", "blue"]);

/** What a table of four in a row and its two players say to each other. */
export const four = defineContract({
  inputs: {
    drop: json(z.object({ column: z.number().int() })),
    /** Another game, when one is over. It begins when both want it. */
    again: json(z.object({})),
  },
  state: {
    /** One row, `game`. `cells`: row by row from above, `.` for empty, `r` or `b`. `why`: how it has ended. */
    game: json(
      z.object({
        cells: z.string(),
        turn: color,
        winner,
        why: z.string(),
        line: z.array(z.number()),
        secondsLeft: z.number(),
      }),
    ),
    /** By player. */
    players: json(z.object({ color, isOnline: z.boolean(), wantsAgain: z.boolean() })),
  },
});
