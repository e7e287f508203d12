/** `/roomline.js`, for pages without a bundler: `roomline/client` for browsers and `roomline/contract` in one file. */
export { connect } from "./connect-in-browser.ts";
export type { ConnectOptions } from "./connect-options.ts";
export type { Client, ClientState } from "./client.ts";
export type { JoinOptions, Session } from "./session/session-api.ts";
export { defineContract, type Contract } from "../shared/contract/contract.ts";
export { json, withReply } from "../shared/contract/payload-type.ts";
export { closeReasons, type CloseReason } from "../shared/close-reason.ts";
export { RoomlineError, type RoomlineErrorCode } from "../shared/errors.ts";
