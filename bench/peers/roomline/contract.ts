import { defineContract } from "../../../shared/contract/index.ts";
import { SaidSchema, ShipSchema, SteerSchema } from "../../gen/roomline/bench/v1/bench_pb.ts";

/** The arena, as Roomline's users would write it. */
export const arena = defineContract({
  state: { ships: ShipSchema },
  inputs: { steer: SteerSchema },
});

/** The chat. */
export const chat = defineContract({
  inputs: { say: SaidSchema },
  events: { said: SaidSchema },
});
