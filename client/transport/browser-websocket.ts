import type { OpenWebSocket, WebSocketLike } from "./websocket-like.ts";

/** The browser's own, of which no more is known here. */
declare const WebSocket: new (
  url: string,
  protocol: string,
) => WebSocketLike & { binaryType: string };

/** Opens WebSockets in a browser. It sends no headers: the name and the token are in Hello (rule WS-3). */
export const openBrowserWebSocket: OpenWebSocket = (url, protocol) => {
  const webSocket = new WebSocket(url, protocol);
  webSocket.binaryType = "arraybuffer";
  return webSocket;
};
