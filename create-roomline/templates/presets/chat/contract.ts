import { defineContract, json } from "roomline/contract";
import * as z from "zod";

const text = z.string().trim().min(1).max(500);

/** What a chat room and those in it say to each other. Both ends are typed by it, and what comes in is checked by it. */
export const chat = defineContract({
  inputs: {
    say: json(z.object({ text })),
    typing: json(z.object({ isTyping: z.boolean() })),
  },
  events: {
    said: json(z.object({ by: z.string(), text, atMs: z.number() })),
    joined: json(z.object({ name: z.string() })),
    left: json(z.object({ name: z.string() })),
  },
  state: { members: json(z.object({ isOnline: z.boolean(), isTyping: z.boolean() })) },
});
