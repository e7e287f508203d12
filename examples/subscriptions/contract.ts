import * as v from "valibot";
import { defineContract, json } from "roomline/contract";

/** What subscribers get: one reading after the other. */
export const readings = defineContract({
  events: { reading: json(v.object({ celsius: v.number() })) },
});

/** The room that publishes them, one for all. */
export const topic = "readings";
