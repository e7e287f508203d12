import { defineContract, json } from "roomline/contract";
import * as z from "zod";

const question = z.string().trim().min(1).max(2_000);

/** What a conversation and those who read it say to each other. */
export const conversation = defineContract({
  inputs: {
    ask: json(z.object({ question })),
    stop: json(z.object({})),
  },
  events: {
    /** A piece of an answer. Pieces of one answer are numbered 1, 2, 3 … */
    token: json(z.object({ answer: z.string(), number: z.number(), text: z.string() })),
  },
  state: {
    /**
     * By number: what was asked. While an answer is under way its text is in the events; when it is over, all of it is here, so
     * that nobody depends on how long the room remembers its events.
     */
    answers: json(
      z.object({
        question,
        status: z.enum(["running", "done", "stopped", "failed"]),
        text: z.string(),
        tokens: z.number(),
      }),
    ),
  },
});
