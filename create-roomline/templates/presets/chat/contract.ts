import { defineContract, json } from "roomline/contract";
import * as z from "zod";

const text = z.string().trim().min(1).max(500);

/** What a chat room and those in it say to each other. Both ends are typed by it, and what comes in is checked by it. */
export const chat = defineContract({
  // What each says of itself: the engine keeps the list of members.
  presence: json(z.object({ isTyping: z.boolean() })),
  inputs: { say: json(z.object({ text })) },
  events: {
    said: json(z.object({ by: z.string(), text, atMs: z.number() })),
    joined: json(z.object({ name: z.string() })),
    left: json(z.object({ name: z.string() })),
  },
});
