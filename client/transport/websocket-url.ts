import { RoomlineError } from "../../shared/errors.ts";
import { webSocketPath } from "../../shared/transport/websocket-names.ts";

/** The schemes that a WebSocket is reached by, and the one that says so. */
const schemes: Readonly<Record<string, "ws:" | "wss:">> = {
  "ws:": "ws:",
  "wss:": "wss:",
  "http:": "ws:",
  "https:": "wss:",
};

/**
 * The URL of the realtime stream: `HOST:PORT`, the origin of a page, or a WebSocket's own URL, which may name another path
 * that a proxy leads from.
 *
 * @param scheme what `HOST:PORT` is reached by
 * @throws RoomlineError `invalid-config`
 */
export function webSocketUrl(target: string, scheme: "ws:" | "wss:"): string {
  const text = /^\w+:\/\//.test(target) ? target : `${scheme}//${target}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url && schemes[url.protocol];
  if (url === undefined || secure === undefined || url.host === "") {
    const message = `connect() takes HOST:PORT, a page's origin, or ws://HOST:PORT, not "${target}".`;
    throw new RoomlineError("invalid-config", message);
  }
  const isPage = url.protocol !== secure;
  const path = isPage || url.pathname === "/" ? webSocketPath : `${url.pathname}${url.search}`;
  return `${secure}//${url.host}${path}`;
}

/** What `HOST:PORT` is reached by, for a client that was told to connect to this URL. */
export function schemeOf(url: string): "ws:" | "wss:" {
  return url.startsWith("wss:") ? "wss:" : "ws:";
}
