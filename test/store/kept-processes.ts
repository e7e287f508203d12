import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childProgram } from "../child-program.ts";

/** Starts a server whose rooms are kept in this folder, in a process of its own. */
export async function startServer(t: TestContext, port: number, folder: string) {
  const { path, execArgv } = childProgram("./kept-server", import.meta.url);
  const child = fork(path, [String(port), folder], { execArgv: [...execArgv] });
  t.after(() => child.kill("SIGKILL"));
  const [ready] = (await once(child, "message")) as [{ port: number }];
  return { child, port: ready.port };
}

/** Ends it, as a deploy does or as a crash. */
export async function endServer(child: ChildProcess, how: "end" | "kill"): Promise<void> {
  const ended = once(child, "exit");
  if (how === "end") child.send("end");
  else child.kill("SIGKILL");
  await ended;
}

/** Waits until it holds, for half a minute at most. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 1_500, what);
    await sleep(20);
  }
}
