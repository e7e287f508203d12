import * as v from "valibot";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";

/** A room that answers at once: how long that takes is how well the server plays on. */
export const echo = defineContract({
  inputs: { echo: withReply(json(v.number()), json(v.number())) },
});
