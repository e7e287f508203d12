import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NodeBinary } from "./node-binary.ts";

/** What a process of a run is made of. */
export interface ChildParts {
  /** Its file, beside `run.ts`. */
  readonly file: string;
  /** Its one argument. */
  readonly args: unknown;
  readonly node: NodeBinary;
  /** Further options of Node. */
  readonly execArgv?: readonly string[];
}

/** A process takes longer than this only if something is wrong. */
const answerMsMax = 180_000;
/** To end by itself once its parent has let go, before it is ended. */
const goodbyeMsMax = 5_000;

/** A process of a run: asked by messages, ends when it is let go. */
export class Child {
  readonly #process: ChildProcess;
  readonly #file: string;
  readonly #exited: Promise<unknown>;

  constructor({ file, args, node, execArgv = [] }: ChildParts) {
    this.#file = file;
    this.#process = fork(
      fileURLToPath(new URL(`../${file}`, import.meta.url)),
      [JSON.stringify(args)],
      {
        execPath: node.path,
        execArgv: [...node.execArgv, ...execArgv],
        env: { ...process.env, NODE_ENV: "production" },
        // Frameworks greet on stdout, which is the report's.
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    );
    this.#exited = once(this.#process, "exit");
  }

  /** Tells it something that is not answered. */
  tell(message: object): void {
    this.#process.send(message);
  }

  /**
   * The next message of the process.
   * @throws Error when it ends instead, or says nothing for too long
   */
  async answer<T>(): Promise<T> {
    const limit = new AbortController();
    const ended = this.#exited.then(() => {
      throw new Error(`${this.#file} ended`);
    });
    ended.catch(() => undefined);
    const timer = setTimeout(() => limit.abort(), answerMsMax);
    try {
      const message = once(this.#process, "message", { signal: limit.signal });
      const [it] = (await Promise.race([message, ended])) as [T];
      return it;
    } finally {
      clearTimeout(timer);
      limit.abort();
    }
  }

  /** Lets it go; resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), goodbyeMsMax);
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.#exited;
    clearTimeout(timer);
  }
}
