import { spawn } from "node:child_process";
import { once } from "node:events";
import { exitCodes, type Surroundings } from "../surroundings.ts";

/**
 * Runs this same command in a child process that Node starts again whenever a file of it changes (`node --watch`): for work on
 * rooms. Clients come back by themselves, as after any restart. Nobody waits for a drain, unless it is asked for. Resolves to
 * the child's exit code.
 */
export async function serveWatched(
  args: readonly string[],
  around: Pick<Surroundings, "env" | "onSignal">,
): Promise<number> {
  const { execArgv, execPath, argv } = process;
  const [, program = ""] = argv;
  const again = args.filter((arg) => arg !== "--watch");
  const child = spawn(
    execPath,
    ["--watch", "--watch-preserve-output", ...execArgv, program, ...again],
    { stdio: "inherit", env: { ROOMLINE_DRAIN_TIMEOUT: "0", ...around.env } },
  );
  const release = around.onSignal((signal) =>
    child.kill(signal === "SIGINT" ? "SIGINT" : "SIGTERM"),
  );
  const [code] = (await once(child, "close")) as unknown[];
  release();
  // Ended by a signal: ours, or that of somebody else.
  return typeof code === "number" ? code : child.killed ? exitCodes.ok : exitCodes.failed;
}
