import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { childProgram } from "../child-program.ts";

/** How a command ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves when stderr has said this; rejects when the command ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of stdout. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** What a test that fails leaves behind ends then. Far above what any needs, on a machine that has much else to do, too. */
const lifetimeMsMax = 120_000;

/** A module with rooms in TypeScript imports the sources: then the command has to be of them, too, and have a loader. */
function commandLine(args: readonly string[]): readonly string[] {
  if (args.some((arg) => arg.endsWith(".ts")))
    return ["--conditions=roomline-source", "--import", "tsx", "cli/main.ts"];
  const { path, execArgv } = childProgram("../../cli/main", import.meta.url);
  return [...execArgv, path];
}

/** Starts the real command line in a process of its own. */
export function startRoomline(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [...commandLine(args), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const killer = setTimeout(() => {
    stderr += `killed by its test after ${lifetimeMsMax} ms\n`;
    child.kill("SIGKILL");
  }, lifetimeMsMax).unref();
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]: unknown[]) => {
    clearTimeout(killer);
    return { code: typeof code === "number" ? code : null, stdout, stderr };
  });
  const hears = async (
    pattern: RegExp,
    stream: Readable,
    text: () => string,
  ): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text());
      if (match !== null) return match;
      const more = once(stream, "data").then(() => true);
      if (!(await Promise.race([more, ended.then(() => false)])))
        throw new Error(`ended without saying ${pattern}: ${stdout}${stderr}`);
    }
  };
  return {
    child,
    ended,
    said: (pattern) => hears(pattern, child.stderr, () => stderr),
    printed: (pattern) => hears(pattern, child.stdout, () => stdout),
  };
}

/** Runs the command line to its end. */
export function runRoomline(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> {
  return startRoomline(args, env).ended;
}

/** A server on a free port, and how to stop it. */
export async function startServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly address: string; stop(): Promise<Outcome> }> {
  const local = ["--host", "127.0.0.1", "--port", "0", "--drain-timeout", "2"];
  const running = startRoomline(["serve", ...args, ...local], env);
  const [, address = ""] = await running.said(/listening on (\S+) /);
  return {
    address,
    stop() {
      running.child.kill("SIGTERM");
      return running.ended;
    },
  };
}
