import { createConnectTransport } from "@connectrpc/connect-web";
import type { Contract } from "../../shared/contract/contract.ts";
import { isSecurePage, pageOrigin } from "../lifecycle/page-origin.ts";
import { webSocketUrl } from "../transport/websocket-url.ts";
import { callCancel, startWatch, type CancelWatchOptions } from "./start-watch.ts";
import type { Watch, WatchOptions } from "./watch-api.ts";
import type { WatchDialer } from "../calls/call-dialer.ts";

/**
 * Watches a room without a seat in it (rules WA), over Connect: hands over its events in order, each once, and comes back
 * by itself from whatever breaks, where it was. It may start before its server or its room are there.
 *
 * @param target a page's origin, or `HOST:PORT`; empty: where the page comes from
 * @throws RoomlineError `invalid-config`
 */
export function watchRoom<C extends Contract | undefined = undefined>(
  target: string,
  options: WatchOptions<C>,
): Watch {
  return startWatch(options.dialer ?? createWatchDialer(target), options);
}

/**
 * Ends a watch of the same caller from elsewhere, by its id (rule WA-8). Resolves to whether there was one; rejects with
 * RoomlineError `unavailable`.
 *
 * @param target as for {@link watchRoom}
 */
export function cancelWatch(target: string, options: CancelWatchOptions): Promise<boolean> {
  return callCancel(options.dialer ?? createWatchDialer(target), options);
}

/** Connections are the browser's: it makes, shares and ends them. */
export function createWatchDialer(given: string): WatchDialer {
  const target = given === "" ? pageOrigin() : given;
  const url = new URL(webSocketUrl(target, isSecurePage() ? "wss:" : "ws:"));
  const baseUrl = `${url.protocol === "wss:" ? "https" : "http"}://${url.host}`;
  const transport = createConnectTransport({ baseUrl });
  return { target, dial: () => ({ transport, close: () => undefined }) };
}
