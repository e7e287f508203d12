import { fileURLToPath } from "node:url";
import { createSystemClock } from "../../../shared/clock.ts";
import { systemRandom } from "../../../shared/random.ts";
import { silentLog } from "../../../server/observe/log.ts";
import { startPrimary } from "../../../server/primary-server.ts";
import type { ServerPlan, StartedServer } from "../player.ts";

/** Workers that are measured: as many as the machines of the bench have cores. */
const workers = 2;

/** Roomline as one server of two processes, whose time is that of the server, as is the primary's. */
export async function startServer(plan: ServerPlan): Promise<StartedServer> {
  const server = await startPrimary(
    { workers, node: "bench", clock: createSystemClock(), random: systemRandom, log: silentLog },
    {
      path: fileURLToPath(new URL("worker-program.ts", import.meta.url)),
      args: [JSON.stringify(plan)],
    },
  );
  return { port: server.port, pids: () => [...server.workers.values()] };
}
