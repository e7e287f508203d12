import { createConnectTransport } from "@connectrpc/connect-web";
import { servicesUrl } from "../../shared/transport/server-target.ts";
import { isSecurePage, pageOrigin } from "../lifecycle/page-origin.ts";
import type { CallDialer } from "./call-dialer.ts";

/**
 * Creates a dialer for calls from a page, over Connect. Connections are the browser's: it makes, shares and ends them.
 *
 * @param given as for `connect`; empty: where the page comes from
 * @throws RoomlineError `invalid-config`
 */
export function createCallDialer(given: string): CallDialer {
  const target = given === "" ? pageOrigin() : given;
  const transport = createConnectTransport({ baseUrl: servicesUrl(target, isSecurePage()) });
  return { target, dial: () => ({ transport, close: () => undefined }) };
}
