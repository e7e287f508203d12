/**
 * `roomline/client` in browsers: the same as on Node, over WebSocket. Imports nothing of Node, and no library that needs
 * it.
 */
export { connect, createWebSocketDialer } from "./connect-in-browser.ts";
export type { ConnectOptions } from "./connect-options.ts";
export type { Client, ClientState } from "./client.ts";
export type { ClientOptions } from "./lifecycle/config.ts";
export type { TokenOption, TokenQuery } from "./lifecycle/token-source.ts";
export type { EventInfo } from "./session/event-stream.ts";
export type { Unsubscribe } from "./listeners.ts";
export type { ClientLog } from "./log.ts";
export type { PersistStorage } from "./persist/persist-storage.ts";
export type { PauseModeName } from "./session/pause-control.ts";
export type {
  EventHandler,
  EventName,
  GapInfo,
  HistoryEvent,
  HistoryOptions,
  HistoryPage,
  InputName,
  JoinOptions,
  PauseOptions,
  RejoinInfo,
  RequestName,
  RequestOptions,
  SendOptions,
  Session,
  SessionEnd,
  SessionStatus,
  ThrottleInfo,
  VerdictName,
} from "./session/session-api.ts";
export type { Signal, Surroundings } from "./lifecycle/surroundings.ts";
export type { MirrorTable, MirrorTables } from "./state/mirror-table.ts";
export type { GrpcTlsOptions } from "./transport/tls-options.ts";
export type { Caller } from "./calls/caller.ts";
export type { KeptStatus } from "./calls/kept-call.ts";
export type {
  ContractWatchEvent,
  PlainWatchEvent,
  Watch,
  HandlerErrorPolicy,
  WatchEnd,
  WatchEventInfo,
  WatchEventOf,
  WatchOptions,
} from "./watch/watch-api.ts";
export type { CallDialer, CallLine } from "./calls/call-dialer.ts";
export type { CancelWatchOptions } from "./watch/start-watch.ts";
export { cancelWatch, watchRoom } from "./watch/watch-in-browser.ts";
export type {
  Lobby,
  LobbyChange,
  LobbyFilter,
  LobbyOptions,
  LobbyRoom,
  NewLobbyRoom,
  ReservedSeat,
  RoomsWatch,
  RoomsWatchHandlers,
  SeatRequest,
} from "./lobby/lobby-api.ts";
export { createLobby } from "./lobby/lobby-in-browser.ts";
export { RoomlineError, type RoomlineErrorCode } from "../shared/errors.ts";
export { closeReasons, type CloseAction, type CloseReason } from "../shared/close-reason.ts";
export {
  networkPresets,
  type LineConditions,
  type NetworkConditions,
  type NetworkGiven,
  type NetworkPreset,
} from "../shared/network/conditions.ts";
export {
  emulateNetwork,
  type EmulatedNetwork,
  type EmulateNetworkOptions,
} from "../shared/network/emulated-network.ts";
export type { Clock, Timer } from "../shared/clock.ts";
export type { Position } from "../shared/position.ts";
export type { RandomSource } from "../shared/random.ts";
export type {
  Transport,
  TransportDialer,
  TransportHandlers,
} from "../shared/transport/transport.ts";
