import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { platform } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DevReport } from "../cli/dev/report.ts";

/** `roomline dev`, at work in a process of its own. */
export interface Rooms {
  /** Resolves when players can come, or when it is known why they cannot. */
  readonly begun: Promise<void>;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

interface RoomsParts {
  readonly rooms: string;
  readonly port: number;
  /** What is wrong with the rooms from now on; empty: nothing. */
  readonly onProblem: (problem: string) => void;
}

/** Starts `roomline dev`. What it prints is printed, and it ends with this process. */
export function startRooms({ rooms, port, onProblem }: RoomsParts): Rooms {
  const command = fileURLToPath(new URL(`../cli/main${extname(import.meta.url)}`, import.meta.url));
  // Windows cannot do what that does (docs/dev.md), and is told nothing by this.
  const isWindows = platform() === "win32";
  const how = isWindows ? ["serve", rooms, "--watch"] : ["dev", rooms];
  const child = fork(command, [...how, "--port", String(port)], {
    execArgv: [...process.execArgv, ...loaderFor(rooms)],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let isStopped = false;
  let onBegun: () => void = () => undefined;
  const begun = isWindows ? Promise.resolve() : new Promise<void>((resolve) => (onBegun = resolve));
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code) => {
      resolve();
      onBegun();
      if (isStopped) return;
      onProblem(
        `roomline ${how[0]} has ended with ${code ?? "a signal"}: it has said why where Vite was started.`,
      );
    });
  });
  child.on("message", (report) => {
    const { problem } = report as DevReport;
    onProblem(problem);
    onBegun();
  });
  return {
    begun,
    stop() {
      isStopped = true;
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** TypeScript is read by tsx, if the project has it and nothing else does so already. */
function loaderFor(rooms: string): readonly string[] {
  const given = `${process.execArgv.join(" ")} ${process.env["NODE_OPTIONS"] ?? ""}`;
  if (!/\.[mc]?tsx?$/.test(rooms) || given.includes("tsx")) return [];
  try {
    const { resolve } = createRequire(join(process.cwd(), "vite.config.js"));
    return [`--import=${pathToFileURL(resolve("tsx")).href}`];
  } catch {
    return [];
  }
}
