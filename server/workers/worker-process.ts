import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { ServerUsage } from "../server-api.ts";
import {
  loadIntervalMs,
  type FromPrimary,
  type FromWorker,
  type Outcome,
  type ServerAbout,
  type WorkerAnswers,
  type WorkerLoad,
} from "./messages.ts";

/** A worker that has said nothing for so long stands still, in milliseconds. */
const silentAfterMs = 3 * loadIntervalMs;

/** How many connections a busy event loop counts for. */
const connectionsOfBusy = 200;

/** What is held by nobody. */
export const nothingHeld: ServerUsage = {
  connections: 0,
  clients: 0,
  sessions: 0,
  rooms: 0,
  watches: 0,
  sockets: 0,
  timers: 0,
  adminWatches: 0,
};

/** A worker, as its primary knows it: its process, and what is said over the channel to it. */
export class WorkerProcess {
  readonly name: NodeName;
  readonly startedMs: number;
  /** Resolves when the process has ended, with how. */
  readonly gone: Promise<string>;
  /** Resolves when it runs, or has ended. */
  readonly readyOrGone: Promise<unknown>;
  status: "starting" | "ready" | "draining" = "starting";
  /** What it has said of itself when it ran. */
  about: ServerAbout | undefined;
  /** Why it could not run, if it has said so. */
  failure: RoomlineError | undefined;
  #load: WorkerLoad = { utilization: 0, connections: 0, rooms: 0 };
  #usage = nothingHeld;
  #heardMs: number;
  readonly #clock: Clock;
  /** Sockets handed over since it last said how many it has. */
  #handed = 0;
  #calls = 0;
  readonly #asked = new Map<number, (outcome: Outcome) => void>();
  readonly #process: ChildProcess;
  #onReady: () => void = () => undefined;

  constructor(parts: {
    readonly name: NodeName;
    readonly process: ChildProcess;
    readonly clock: Clock;
    /** What it says, once it is noted here. */
    readonly onMessage: (message: FromWorker) => void;
  }) {
    const { name, process, clock, onMessage } = parts;
    this.name = name;
    this.#clock = clock;
    this.startedMs = this.#heardMs = clock.now();
    this.#process = process;
    const ready = new Promise<void>((resolve) => (this.#onReady = resolve));
    this.gone = new Promise((resolve) => {
      process.once("exit", (code, signal) => {
        this.#onExit();
        resolve(signal ?? `code ${code}`);
      });
    });
    this.readyOrGone = Promise.race([ready, this.gone]);
    process.on("error", () => undefined);
    process.on("message", (message) => {
      this.#note(message as FromWorker);
      onMessage(message as FromWorker);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** null: it runs, or was killed. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  get load(): WorkerLoad {
    return this.#load;
  }

  /** What it holds, as it said last. */
  get usage(): ServerUsage {
    return this.#usage;
  }

  /** How much there is to do for it, in connections. */
  get burden(): number {
    const { connections, utilization } = this.#load;
    return connections + this.#handed + connectionsOfBusy * utilization;
  }

  /** It has said nothing for three reports: it may be stopped, or hang, and would let new players wait. */
  get isSilent(): boolean {
    return this.#clock.now() - this.#heardMs >= silentAfterMs;
  }

  tell(message: FromPrimary): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Hands a player's socket over, of which nothing has been read. */
  give(socket: Socket): void {
    this.#handed++;
    this.#process.send({ kind: "socket" } satisfies FromPrimary, socket, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  /** Rejects with what it answers, or `unavailable`. */
  ask<M extends keyof WorkerAnswers>(
    method: M,
    ask: WorkerAnswers[M]["ask"],
  ): Promise<WorkerAnswers[M]["answer"]> {
    return new Promise((resolve, reject) => {
      const call = ++this.#calls;
      this.#asked.set(call, (outcome) => {
        if (outcome.ok) resolve(outcome.value);
        else reject(new RoomlineError(outcome.code as RoomlineErrorCode, outcome.message));
      });
      this.tell({ kind: "ask", call, method, ask });
    });
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  #note(message: FromWorker): void {
    this.#heardMs = this.#clock.now();
    switch (message.kind) {
      case "ready":
        this.status = "ready";
        this.about = message;
        this.#onReady();
        return;
      case "failed":
        this.failure = new RoomlineError(message.code as RoomlineErrorCode, message.message);
        return;
      case "load":
        this.#load = message.load;
        this.#usage = message.usage;
        this.#handed = 0;
        return;
      case "answer":
        this.#asked.get(message.call)?.(message.outcome);
        this.#asked.delete(message.call);
        return;
      default:
        return;
    }
  }

  #onExit(): void {
    const outcome = { ok: false, code: "unavailable", message: "The worker is gone." } as const;
    for (const settle of this.#asked.values()) settle(outcome);
    this.#asked.clear();
  }
}
