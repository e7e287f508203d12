import type { Clock } from "../../shared/clock.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import { webSocketProtocol } from "../../shared/transport/websocket-names.ts";
import { WebSocketClientStream } from "./websocket-client-stream.ts";
import type { OpenWebSocket } from "./websocket-like.ts";

/** How a dialer reaches its server. */
interface DialerOptions {
  /** `ws://HOST:PORT/connect`, complete. */
  readonly url: string;
  readonly open: OpenWebSocket;
  /** Makes plain what an error says of a connection that failed. Default: as it is. */
  readonly explain?: (message: string) => string;
  readonly clock: Clock;
  /** How long an orderly close waits for the server, in milliseconds. Default 2_000. */
  readonly lingerMs?: number;
  /** What may wait for a paused reader, in bytes, before the stream stops or ends. Default 1 MiB. */
  readonly unreadBytesMax?: number;
}

/** Creates a dialer that speaks WebSocket (rules WS). */
export function createWebSocketDialer(options: DialerOptions): TransportDialer {
  const { url, open, explain, clock, lingerMs = 2_000, unreadBytesMax = 1_048_576 } = options;
  return {
    target: url,
    dial(metadata) {
      const webSocket = open(url, webSocketProtocol, metadata);
      return new WebSocketClientStream({
        ...{ webSocket, clock, lingerMs, unreadBytesMax },
        ...(explain !== undefined && { explain }),
      });
    },
  };
}
