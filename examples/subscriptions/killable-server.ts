import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** A server that can be ended without a word. */
export interface KillableServer {
  /** SIGKILL: it says goodbye to nobody. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts server.ts on this port; resolves when it serves. */
export async function startServer(port: number): Promise<KillableServer> {
  const child: ChildProcess = fork(new URL("./server.ts", import.meta.url), [String(port)]);
  // It does not outlive this process.
  process.once("exit", () => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const said: unknown = await Promise.race([once(child, "message"), ended.then(() => "ended")]);
  if (said === "ended") throw new Error(`The server did not start on port ${port}.`);
  return {
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("There is no free port.");
  return address.port;
}
