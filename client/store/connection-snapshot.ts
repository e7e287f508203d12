import type { RoomlineError } from "../../shared/errors.ts";
import type { Client, ClientState } from "../client.ts";

/** A client at one moment. */
export interface ConnectionSnapshot {
  /** That of the client; `failed`: there never was one, and `error` says why. */
  readonly status: ClientState | "failed";
  /** Undefined until it is live for the first time. */
  readonly client: Client | undefined;
  /** Why there is no client, or no longer one. */
  readonly error: RoomlineError | undefined;
}

/** Before anybody has connected. */
export const connectingAtFirst: ConnectionSnapshot = {
  status: "connecting",
  client: undefined,
  error: undefined,
};
