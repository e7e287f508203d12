import { createCallDialer } from "../calls/browser-call-dialer.ts";
import type { Lobby, LobbyOptions } from "./lobby-api.ts";
import { lobbyOver } from "./lobby.ts";

/**
 * Looks at what there is to join on a server, makes rooms and reserves seats (rules LB), over Connect. Nothing is sent
 * before the first call.
 *
 * @param target as for `connect`; empty: where the page comes from
 * @throws RoomlineError `invalid-config`
 */
export function createLobby(target: string, options: LobbyOptions = {}): Lobby {
  return lobbyOver(options.dialer ?? createCallDialer(target), options);
}
