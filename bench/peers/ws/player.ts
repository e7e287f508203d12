import { openWsLink } from "../../links/ws-link.ts";
import { joinPlain } from "../plain/player.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";

/** A player of the plain `ws` server. */
export function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  return joinPlain(plan, events, (port, link) => openWsLink(port, link, { path: "/" }));
}
