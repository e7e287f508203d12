import { setupPrimary } from "@socket.io/cluster-adapter";
import cluster, { type Address } from "node:cluster";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerPlan, StartedServer } from "../player.ts";

/** Workers that are measured: as many as the machines of the bench have cores. */
const workers = 2;

/**
 * Socket.IO as one server of two processes, joined by its adapter for Node's `cluster`. Connections go round; they need not come back
 * to their process, as they begin as WebSockets.
 */
export async function startServer(plan: ServerPlan): Promise<StartedServer> {
  setupPrimary();
  cluster.setupPrimary({
    exec: fileURLToPath(new URL("worker-program.ts", import.meta.url)),
    args: [JSON.stringify(plan)],
    serialization: "advanced",
  });
  const pids: number[] = [];
  let port = 0;
  for (let count = 0; count < workers; count++) {
    const worker = cluster.fork();
    const [address] = (await once(worker, "listening")) as [Address];
    ({ port } = address);
    if (worker.process.pid !== undefined) pids.push(worker.process.pid);
  }
  return { port, pids: () => pids };
}
