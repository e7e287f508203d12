import type { NamesOf } from "../../shared/known-names.ts";
import { callerNames } from "../calls/caller.ts";
import type {
  LobbyFilter,
  LobbyOptions,
  NewLobbyRoom,
  RoomsWatchHandlers,
  SeatRequest,
} from "./lobby-api.ts";

/** The names of what the functions of a lobby take. */
export const lobbyOptionNames: NamesOf<LobbyOptions> = {
  ...callerNames,
  backoff: true,
  log: true,
  clock: true,
  random: true,
};

export const filterNames: NamesOf<LobbyFilter> = { roomType: true, joinable: true, metadata: true };

export const handlerNames: NamesOf<RoomsWatchHandlers> = { onChange: true, onStatus: true };

export const newRoomNames: NamesOf<NewLobbyRoom> = { roomType: true, roomId: true, options: true };

export const seatNames: NamesOf<SeatRequest> = {
  roomId: true,
  roomType: true,
  mode: true,
  options: true,
  playerId: true,
};
