import { defineContract, json } from "roomline/contract";
import * as z from "zod";
import { PlayerSchema } from "../../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";

/** Many ships, of which some move in each tick, and a number that is published in each. */
export const field = defineContract({
  state: { ships: PlayerSchema },
  inputs: { add: json(z.number()) },
  events: { ticked: json(z.number()) },
});
export type Field = typeof field;
