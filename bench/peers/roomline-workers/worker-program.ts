// What each of the workers runs.
import { createServer } from "../../../server/index.ts";
import type { ServerPlan } from "../player.ts";
import { serverOptions } from "../roomline/server.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as ServerPlan;
await createServer(serverOptions(plan));
