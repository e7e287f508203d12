import { createServer, defineRoom } from "../../../server/index.ts";
import { loopback } from "../../links/link.ts";
import { startPublishing, topic } from "../../workloads/publishing.ts";
import type { ServerPlan } from "../player.ts";
import { chat } from "./contract.ts";

/** A room without players that publishes; WatchService does the rest. */
export async function startServer(plan: ServerPlan): Promise<number> {
  const publisher = defineRoom(chat, {
    emptyDelayMs: Infinity,
    onInput: { say: () => undefined },
    create(room) {
      startPublishing(plan, (text) => void room.publish("said", { text }));
    },
  });
  const server = await createServer({
    host: loopback,
    port: 0,
    limits: { connectionsMax: 20_000, watchesMax: 20_000, watchesPerCallerMax: 20_000 },
    rooms: { publisher },
  });
  await server.createRoom("publisher", { roomId: topic });
  return server.port;
}
