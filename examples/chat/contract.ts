import * as v from "valibot";
import { defineContract, json, withReply } from "roomline/contract";

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2_000));
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(40));

/** What may be given when joining: the name to be shown, if it is not the player's id. */
export const joinOptions = v.optional(v.object({ name: v.optional(name) }));

/** What chat rooms and their clients say to each other. JSON throughout: nothing to generate. */
export const chat = defineContract({
  inputs: {
    /** `n` is the sender's own count of its messages, from 1; clients that do not care leave it out. */
    say: json(v.object({ text, n: v.optional(v.number()) })),
    typing: json(v.object({})),
    rename: withReply(json(v.object({ name })), json(v.object({ name: v.string() }))),
  },
  events: {
    said: json(v.object({ name: v.string(), text: v.string(), n: v.optional(v.number()) })),
    typing: json(v.object({ name: v.string() })),
    joined: json(v.object({ name: v.string() })),
    left: json(v.object({ name: v.string() })),
  },
  state: { members: json(v.object({ name: v.string(), online: v.boolean() })) },
});
