import { openNodeWebSocket } from "../../client/transport/node-websocket.ts";
import { createWebSocketDialer } from "../../client/transport/websocket-dialer.ts";
import { createPortNetwork } from "./port-network.ts";
import { transportContract } from "./transport-contract.ts";

transportContract({
  name: "WebSocket",
  clientReasonsTravel: true,
  // What was sent before the break stands in front of it, unread, and keeps it from being seen.
  breaksReachPausedClients: false,
  createNetwork: () =>
    createPortNetwork(({ port, clock, lingerMs }) =>
      createWebSocketDialer({
        url: `ws://127.0.0.1:${port}/connect`,
        open: openNodeWebSocket(),
        clock,
        lingerMs,
      }),
    ),
});
