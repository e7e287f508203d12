/** `roomline/server`: rooms, and the server that runs them. */
export type { RevokeOptions } from "./engine.ts";
export { createServer } from "./server.ts";
export type { NewRoom, Server, ServerUsage } from "./server-api.ts";
export type { LookOptions, RoomHandle, RoomsQuery } from "./room-handle.ts";
export type { RoomLook, RoomStanding } from "./feed/catalogue.ts";
export type { NodeLoad, Place, PlaceRequest } from "./nodes/placement.ts";
export type { ServerOptions, EngineOptions } from "./config.ts";
export { defineRoom, type RoomType } from "./room/define-room.ts";
export type {
  Alarm,
  DrainInfo,
  HiddenTypes,
  InputHandler,
  InputInfo,
  JoinInfo,
  LoadReason,
  MayWait,
  Player,
  PublishOptions,
  Room,
  RoomBehavior,
  RoomDefinition,
  TickInfo,
  Watcher,
} from "./room/room-api.ts";
export type { StateTable } from "./state/table.ts";
export type { AdminRole, AdminToken } from "./admin-token.ts";
export type { Authenticate, Credentials, Identity } from "./connection/authenticate.ts";
export { silentLog, type Log } from "./observe/log.ts";
export type { TlsConfig } from "./transport/tls-options.ts";
export { defaultLimits, type Limits } from "../shared/limits.ts";
export { RoomlineError, type RoomlineErrorCode } from "../shared/errors.ts";
export { closeReasons, type CloseAction, type CloseReason } from "../shared/close-reason.ts";
export { sqlite, type SqliteOptions } from "./store/sqlite/sqlite.ts";
export type { StoreLevel } from "./store/sqlite/schema.ts";
export type {
  AsleepRoom,
  RoomStore,
  SavedRoom,
  StoreChange,
  StoreContents,
  StoredClient,
  StoredRoom,
} from "./store/room-store.ts";
