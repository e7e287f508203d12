import type { CloseReason } from "../shared/close-reason.ts";
import type { Contract } from "../shared/contract/contract.ts";
import type { Unsubscribe } from "./listeners.ts";
import type { JoinOptions, Session } from "./session/session-api.ts";

/**
 * `connecting`: there has been no connection yet. `live`. `resuming`: the connection is lost and the client is coming
 * back. `closed`: over, for good.
 */
export type ClientState = "connecting" | "live" | "resuming" | "closed";

/** One player's connection to a server, kept up through losses, with all of its sessions. Made by {@link connect}. */
export interface Client {
  readonly state: ClientState;
  /** The name the server knows the client by. */
  readonly clientId: string;
  /** Round trip of the newest heartbeat, in milliseconds; undefined before the first on this connection. */
  readonly rttMs: number | undefined;
  /** The server's clock minus this machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** The sessions that are not over, by id. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** Why the client closed; undefined while it has not. */
  readonly closeReason: CloseReason | undefined;
  /** The time by the server's clock, in milliseconds since the Unix epoch. */
  serverNow(): number;
  onStateChange(callback: (state: ClientState) => unknown): Unsubscribe;
  /**
   * Takes a seat in a room (rules JN). While there is no connection it waits for one.
   *
   * Rejects with the RoomlineError the server answered with, such as `unknown-room` or `room-full`; with
   * `invalid-argument`, `session-exists` or `too-many-sessions`; or with `connection-closed` when the client closes.
   */
  join<C extends Contract>(contract: C, options: JoinOptions): Promise<Session<C>>;
  /**
   * Says goodbye, which ends all sessions on the server (rule CL-3). Resolves when closed; never rejects. What still
   * waits is rejected with `connection-closed`.
   */
  close(): Promise<void>;
}
