import { defineContract, json } from "../../shared/contract/index.ts";

/** A chat of numbers, each player's the last of which is in a table. */
export const keptContract = defineContract({
  inputs: { say: json<number>() },
  events: { said: json<string>() },
  state: { counts: json<{ n: number }>() },
});
