import { createConnectTransport } from "@connectrpc/connect-web";
import { isSecurePage, pageOrigin } from "../lifecycle/page-origin.ts";
import { webSocketUrl } from "../transport/websocket-url.ts";
import type { CallDialer } from "./call-dialer.ts";

/**
 * Creates a dialer for calls from a page, over Connect. Connections are the browser's: it makes, shares and ends them.
 *
 * @param given a page's origin, or `HOST:PORT`; empty: where the page comes from
 * @throws RoomlineError `invalid-config`
 */
export function createCallDialer(given: string): CallDialer {
  const target = given === "" ? pageOrigin() : given;
  const url = new URL(webSocketUrl(target, isSecurePage() ? "wss:" : "ws:"));
  const baseUrl = `${url.protocol === "wss:" ? "https" : "http"}://${url.host}`;
  const transport = createConnectTransport({ baseUrl });
  return { target, dial: () => ({ transport, close: () => undefined }) };
}
