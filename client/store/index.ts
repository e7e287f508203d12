/** `roomline/store`: clients, rooms and lists of rooms as stores, for pages made with any framework, or with none. */
export { createClientStore, type ClientStore } from "./client-store.ts";
export type { ConnectionSnapshot } from "./connection-snapshot.ts";
export type { Room, RoomSnapshot, RoomStore } from "./room-store.ts";
export { createRoomsStore, type RoomsSnapshot, type RoomsStore } from "./rooms-store.ts";
export { createSessionStore, type SessionSnapshot } from "./session-store.ts";
export type { Store } from "./store.ts";
export type { MembersSnapshot, TableSnapshot, TableSnapshots } from "./table-snapshot.ts";
