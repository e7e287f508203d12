"use client";

/** `roomline/react` in browsers: hooks for rooms, over the stores of `roomline/store`. */
import { connect } from "../connect-in-browser.ts";
import { createLobby } from "../lobby/lobby-in-browser.ts";
import { createProvider } from "./provider.ts";

export type { RoomlineProviderProps } from "./provider.ts";
export {
  useConnection,
  useEvent,
  useLobby,
  useMembers,
  usePresence,
  useRoom,
  useRoomState,
  type Connection,
  type ContractWithPresence,
  type LobbyView,
} from "./hooks.ts";
export type { IsEqual } from "./selection.ts";
export type { Room, RoomStore } from "../store/room-store.ts";
export type { MembersSnapshot, TableSnapshot, TableSnapshots } from "../store/table-snapshot.ts";

/**
 * Keeps one client for the components below it: it connects when it is mounted, in an effect, and closes the client when it is
 * not any more. Under StrictMode, too, that is one connection.
 */
export const RoomlineProvider = createProvider({ connect, createLobby });
