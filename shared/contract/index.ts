/** `roomline/contract`: what both ends of a room share. Free of server and client code. */
export { defineContract, type Contract, type Nothing } from "./contract.ts";
export {
  json,
  withReply,
  type InputInitOf,
  type InputOf,
  type InputType,
  type JsonType,
  type PayloadInitOf,
  type PayloadOf,
  type PayloadType,
  type ReplyInitOf,
  type ReplyOf,
  type ReplyType,
  type RowInitOf,
  type RowOf,
} from "./payload-type.ts";
export type { Member, PresenceInitOf, PresenceOf } from "./presence.ts";
export { RoomlineError, type RoomlineErrorCode } from "../errors.ts";
export { closeReasons, type CloseAction, type CloseReason } from "../close-reason.ts";
