import { openWsLink } from "../../links/ws-link.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { joinRoomline } from "../roomline/player.ts";

/** A player of Roomline over WebSocket: the same frames, one binary message each. */
export function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  return joinRoomline(plan, events, (port, link) => openWsLink(port, link, { path: "/connect" }));
}
