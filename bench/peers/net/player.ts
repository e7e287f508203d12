import { openNetLink } from "../../links/net-link.ts";
import { joinPlain } from "../plain/player.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";

/** A player of the plain TCP server. */
export function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  return joinPlain(plan, events, openNetLink);
}
