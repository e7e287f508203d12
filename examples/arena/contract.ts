import { defineContract } from "roomline/contract";
import {
  CoinSchema,
  MatchSchema,
  PlayerSchema,
  ScoredSchema,
  SteerSchema,
} from "./gen/roomline/examples/arena/v1/arena_pb.ts";

/** What arena rooms and their clients say to each other: protobuf, so that a moving ship costs a few bytes. */
export const arena = defineContract({
  state: { players: PlayerSchema, coins: CoinSchema, match: MatchSchema },
  inputs: { steer: SteerSchema },
  events: { scored: ScoredSchema },
});
