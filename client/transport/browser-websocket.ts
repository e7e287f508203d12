import { RoomlineError } from "../../shared/errors.ts";
import type { OpenWebSocket, WebSocketLike } from "./websocket-like.ts";

/** The browser's own, of which no more is known here. */
declare const WebSocket:
  (new (url: string, protocol: string) => WebSocketLike & { binaryType: string }) | undefined;

/**
 * Opens WebSockets in a browser. It sends no headers: the name and the token are in Hello (rule WS-3).
 *
 * @throws RoomlineError `invalid-use`: there are none here
 */
export const openBrowserWebSocket: OpenWebSocket = (url, protocol) => {
  if (typeof WebSocket === "undefined") {
    const message =
      "There is no global WebSocket here: on Node before 22, resolve roomline/client without the condition browser.";
    throw new RoomlineError("invalid-use", message);
  }
  const webSocket = new WebSocket(url, protocol);
  webSocket.binaryType = "arraybuffer";
  return webSocket;
};
