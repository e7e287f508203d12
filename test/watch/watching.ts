import type { ConnectError } from "@connectrpc/connect";
import type { WatchResponse } from "../../shared/gen/roomline/v1/watch_pb.ts";

/** A watch whose messages are read as fast as they come, unless it is told to stop reading. */
export interface Watching {
  readonly messages: WatchResponse[];
  /** How it ended; undefined while it has not. */
  readonly end:
    { readonly error: ConnectError | undefined; readonly trailers: Headers } | undefined;
  hold(held: boolean): void;
  cancel(): void;
}

/** Headers that say who calls. `admin:` before a token shows it. */
export function callerHeaders(as: string): Record<string, string> {
  if (as.startsWith("admin:")) return { authorization: `Bearer ${as.slice(6)}` };
  return as === "" ? {} : { "client-id": as };
}
