import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { childProgram } from "../child-program.ts";
import type { ServerUsage } from "../../server/index.ts";
import type { ServerAsk } from "./server-process.ts";

/** What a server process holds, after a garbage collection. */
export interface Vitals {
  readonly usage: ServerUsage;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly openFiles: number;
  /** Sockets, pipes and the like that are open. */
  readonly eventLoopHandles: number;
  /** Timers that wait. From one moment to the next a few come and go. */
  readonly timers: number;
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly address: string;
  usage(): Promise<ServerUsage>;
  vitals(): Promise<Vitals>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  close(): Promise<void>;
  /** Drains it and ends it, within 5 s, as a deploy does. */
  end(): Promise<void>;
}

/** Starts a server process, which ends with the test at the latest. `port` 0 takes a free one. */
export async function spawnServer(options: {
  readonly test: TestContext;
  readonly port?: number;
  readonly resumeWindowMs?: number;
  /** Id of a room that can be watched and publishes ten times a second. Default: there is none. */
  readonly beacon?: string;
}): Promise<ServerProcess> {
  const { test, port = 0, resumeWindowMs = 2_000, beacon } = options;
  const { path, execArgv } = childProgram("./server-process", import.meta.url);
  const args = [String(port), String(resumeWindowMs), ...(beacon === undefined ? [] : [beacon])];
  const child = fork(path, args, { execArgv: [...execArgv] });
  test.after(() => void child.kill("SIGKILL"));
  const { port: taken } = await message<{ port: number }>(child);
  const ended = once(child, "exit");
  return {
    port: taken,
    address: `127.0.0.1:${taken}`,
    usage() {
      const answer = message<ServerUsage>(child);
      child.send("usage" satisfies ServerAsk);
      return answer;
    },
    vitals() {
      const answer = message<Vitals>(child);
      child.send("vitals" satisfies ServerAsk);
      return answer;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async end() {
      child.send("end" satisfies ServerAsk);
      await ended;
    },
    async close() {
      if (!child.connected) return;
      child.send("close" satisfies ServerAsk);
      await ended;
    },
  };
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = (await once(child, "message")) as [T];
  return value;
}

/** Waits until `check` holds; fails after `withinMs` with what it last said. */
export async function eventually(
  check: () => string | undefined | Promise<string | undefined>,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const complaint = await check();
    if (complaint === undefined) return;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${complaint}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
