import net, { type AddressInfo } from "node:net";
import { cutFrames, lengthPrefixedEnd } from "../../links/cut-frames.ts";
import { loopback } from "../../links/link.ts";
import type { ServerPlan } from "../player.ts";
import { PlainWorld } from "../plain/world.ts";

const headBytes = 4;

/** Plain TCP, each message behind its length: as little as there can be between socket and player. */
export function startServer(plan: ServerPlan): Promise<number> {
  const world = new PlainWorld(headBytes, plan);
  const server = net.createServer({ noDelay: true }, (socket) => {
    const client = world.connect((message) => {
      message.writeUInt32BE(message.length - headBytes);
      socket.write(message);
    });
    socket.on(
      "data",
      cutFrames(lengthPrefixedEnd(headBytes), (bytes, start, end) =>
        client.onMessage(bytes.subarray(start + headBytes, end)),
      ),
    );
    socket.on("close", () => client.leave());
    socket.on("error", () => undefined);
  });
  world.run();
  return new Promise((resolve) => {
    server.listen(0, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}
