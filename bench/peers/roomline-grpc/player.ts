import { openGrpcLink } from "../../links/grpc-link.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { joinRoomline } from "../roomline/player.ts";

/** A player of Roomline over gRPC: one stream for all rooms. */
export function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  return joinRoomline(plan, events, openGrpcLink);
}
