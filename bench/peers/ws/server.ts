import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { loopback } from "../../links/link.ts";
import { PlainWorld } from "../plain/world.ts";
import type { ServerPlan } from "../player.ts";

/** Plain `ws`, without compression, as its own documentation advises for speed. */
export function startServer(plan: ServerPlan): Promise<number> {
  const world = new PlainWorld(0, plan);
  const server = new WebSocketServer({ host: loopback, port: 0, perMessageDeflate: false });
  server.on("connection", (socket) => {
    const client = world.connect((message) => socket.send(message));
    // Node buffers are what comes while binaryType is "nodebuffer", its default.
    socket.on("message", (message) => client.onMessage(message as Buffer));
    socket.on("close", () => client.leave());
    socket.on("error", () => undefined);
  });
  world.run();
  return new Promise((resolve) => {
    server.on("listening", () => resolve((server.address() as AddressInfo).port));
  });
}
