import type { Contract } from "../../shared/contract/contract.ts";
import { createCallDialer } from "../calls/node-call-dialer.ts";
import { callCancel, startWatch, type CancelWatchOptions } from "./start-watch.ts";
import type { Watch, WatchOptions } from "./watch-api.ts";

/**
 * Watches a room without a seat in it (rules WA): hands over its events in order, each once, and comes back by itself
 * from whatever breaks, where it was. It may start before its server or its room are there.
 *
 * @param target as for `connect`: `HOST:PORT`, which is spoken to in gRPC, or http(s)://HOST[:PORT] for Connect
 * @throws RoomlineError `invalid-config`
 */
export function watchRoom<C extends Contract | undefined = undefined>(
  target: string,
  options: WatchOptions<C>,
): Watch {
  return startWatch(options.dialer ?? createCallDialer({ target }), options);
}

/**
 * Ends a watch of the same caller from elsewhere, by its id (rule WA-8). Resolves to whether there was one; rejects with
 * RoomlineError `unavailable`.
 *
 * @param target as for {@link watchRoom}
 */
export function cancelWatch(target: string, options: CancelWatchOptions): Promise<boolean> {
  return callCancel(options.dialer ?? createCallDialer({ target }), options);
}
