// What each of the workers runs.
import { createAdapter } from "@socket.io/cluster-adapter";
import type { ServerPlan } from "../player.ts";
import { startServer } from "../socketio/server.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as ServerPlan;
await startServer(plan, { adapter: createAdapter() });
