import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { childProgram } from "../child-program.ts";
import type { ServerUsage } from "../../server/index.ts";
import type { Held } from "./held.ts";

/** What the server's process is asked. */
export type ServerAsk =
  | { readonly kind: "kick"; readonly roomId: string; readonly playerId: string }
  | { readonly kind: "clock"; readonly shiftMs: number }
  | { readonly kind: "rest"; readonly collects: boolean }
  | { readonly kind: "end" };

/** What the server's process holds. */
export interface Rest extends Held {
  readonly usage: ServerUsage;
}

/** The server's process, and what befalls it. */
export class ServerChild {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  /** @param port 0 for a free one */
  static async start(port: number): Promise<ServerChild> {
    const { path, execArgv } = childProgram("./server-process", import.meta.url);
    const child = fork(path, [String(port)], { execArgv: [...execArgv] });
    const [ready] = (await once(child, "message")) as [{ port: number }];
    return new ServerChild(child, ready.port);
  }

  tell(ask: ServerAsk): void {
    if (this.#process.connected) this.#process.send(ask);
  }

  async rest(collects: boolean): Promise<Rest> {
    const answer = once(this.#process, "message");
    this.tell({ kind: "rest", collects });
    const [rest] = (await answer) as [Rest];
    return rest;
  }

  /** Stands still, as a process does on a machine that has too little memory; goes on when told. */
  stall(): void {
    this.#process.kill("SIGSTOP");
  }

  goOn(): void {
    this.#process.kill("SIGCONT");
  }

  /** Dies without a word, or goes as a deploy does. Resolves when it is gone. */
  async end(how: "killed" | "drained"): Promise<void> {
    const isGone = this.#process.exitCode !== null || this.#process.signalCode !== null;
    const ended = isGone ? undefined : once(this.#process, "exit");
    if (how === "killed") this.#process.kill("SIGKILL");
    else this.tell({ kind: "end" });
    await ended;
  }
}
