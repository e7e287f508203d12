import { openGrpcLink } from "../../links/grpc-link.ts";
import { joinPlain } from "../plain/player.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";

/** A player of the bare grpc-js server. */
export function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  return joinPlain(plan, events, openGrpcLink);
}
