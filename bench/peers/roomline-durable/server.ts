import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, sqlite } from "../../../server/index.ts";
import type { ServerPlan } from "../player.ts";
import { serverOptions } from "../roomline/server.ts";

/** Roomline with durable rooms: nothing is shown before it is stored. The store's thread is of the same process, and counts. */
export async function startServer(plan: ServerPlan): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "roomline-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const options = serverOptions(plan, "durable");
  return (await createServer({ ...options, store: sqlite(folder, { freeBytesMin: 0 }) })).port;
}
