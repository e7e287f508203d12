import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Log } from "../observe/log.ts";
import type { ServerUsage } from "../server-api.ts";
import { createAcceptingPort } from "../transport/accepting-port.ts";
import type { ListenAddress } from "../transport/listen.ts";
import type { GroupStore, OpenedStore } from "./group-store.ts";
import type { FromWorker, ServerAbout, WorkerAnswers } from "./messages.ts";
import { WorkerGroup } from "./worker-group.ts";
import { nothingHeld, type WorkerProcess } from "./worker-process.ts";

/** What a primary needs. */
export interface PrimaryParts {
  /** How many workers there are. */
  readonly workers: number;
  /** What their names begin with. */
  readonly node: string;
  /** Starts a worker's process, with a channel to it. */
  readonly fork: () => ChildProcess;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  /** Where rooms are kept, which is this one's to close. Default: they are not. */
  readonly opened?: OpenedStore | undefined;
}

/** A worker that has lived for so long did not fail at its start. */
const soundAfterMs = 10_000;
/** Sockets of players who come before the stored rooms are back: they wait, as far as that. */
const waitingMax = 1_024;
/** How often in a row workers may die at their start. */
const failuresMax = 5;
const restarts = { initialMs: 100, maxMs: 5_000, factor: 2 };

/**
 * The process that holds the port of a server with several workers. It runs no code of the user's: it listens, hands each socket over
 * before a byte of it is read, keeps the directory, and starts workers anew that die.
 */
export class Primary {
  /** Resolves when all workers have ended and the port is closed; with the reason when that is not because somebody wanted it. */
  readonly closed: Promise<RoomlineError | undefined>;
  readonly #parts: PrimaryParts;
  readonly #group: WorkerGroup;
  readonly #restarts = new Set<Timer>();
  readonly #port = createAcceptingPort((socket) => this.#handOver(socket));
  /** Sockets of players who have come before the server has begun; undefined: it has. */
  #waiting: Socket[] | undefined = [];
  #failures = 0;
  /** The first worker has come up: of others that do not, here is heard. */
  #isFirstUp = false;
  #isEnding = false;
  #closing: Promise<void> | undefined;
  #rolling: Promise<void> | undefined;
  /** Workers that are being replaced, one after the other: no rooms go there any more. */
  #toGo: ReadonlySet<WorkerProcess> = new Set();
  #drainTimeoutMs = 30_000;
  /** Why it ends; undefined: somebody wants it. */
  #failure: RoomlineError | undefined;
  #onClosed: (reason: RoomlineError | undefined) => void = () => undefined;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
    this.#group = new WorkerGroup({
      ...parts,
      standingOf: (child) => ({
        isDraining: child.status === "draining" || child.isSilent,
        isToGo: this.#toGo.has(child),
      }),
      onMessage: (child, message) => this.#onMessage(child, message),
      onGone: (child, how) => this.#onExit(child, how),
    });
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  /**
   * Starts the workers, the first alone, and listens where they want it. Stored rooms are back before anybody is let in. Rejects with why
   * that is not possible: what the first worker failed with, `address-in-use`, or `storage-failed`.
   */
  async start(): Promise<{ readonly address: ListenAddress; readonly about: ServerAbout }> {
    let about: ServerAbout;
    let address: ListenAddress;
    try {
      about = await this.#startFirst();
      const { host, port } = about;
      this.#drainTimeoutMs = about.drainTimeoutMs;
      address = await this.#port.listen({ host, port });
      this.#isFirstUp = true;
      if (this.#group.store !== undefined) await this.#bringBack(this.#group.store);
    } catch (thrown) {
      await this.end(0);
      throw thrown;
    }
    this.#group.listensAt(address);
    for (const socket of this.#waiting?.splice(0) ?? []) this.#give(socket);
    this.#waiting = undefined;
    await this.#fillAll();
    return { address, about };
  }

  /** Shares the stored rooms out over all workers. */
  async #bringBack(store: GroupStore): Promise<void> {
    await this.#fillAll();
    await store.begin();
    if (this.#isEnding)
      throw this.#failure ?? new RoomlineError("draining", "The server was ended at its start.");
  }

  /** Starts the workers that are missing. Resolves when they run, or have ended. */
  async #fillAll(): Promise<void> {
    this.#fill();
    await Promise.all([...this.#group.children].map(({ readyOrGone }) => readyOrGone));
  }

  /** What all workers hold, as they said last. */
  get usage(): ServerUsage {
    const sum = { ...nothingHeld } as Record<keyof ServerUsage, number>;
    for (const { usage } of this.#group.children) {
      for (const name of Object.keys(sum) as (keyof ServerUsage)[]) sum[name] += usage[name];
    }
    return sum;
  }

  /** The processes of the workers that run, by name. */
  get processes(): ReadonlyMap<string, number> {
    return new Map([...this.#group.children].map(({ name, pid = 0 }) => [name.node, pid]));
  }

  /** Asks any worker. Rejects with what it answers, or `unavailable`. */
  async ask<M extends keyof WorkerAnswers>(
    method: M,
    ask: WorkerAnswers[M]["ask"],
  ): Promise<WorkerAnswers[M]["answer"]> {
    const [child] = this.#ready();
    if (child === undefined) throw new RoomlineError("unavailable", "No worker runs.");
    return child.ask(method, ask);
  }

  /**
   * Puts new workers in the place of those that run, one after the other: each old one drains once a new one runs. The port stays
   * open. Resolves when all have been replaced.
   */
  restart(withinMs = this.#drainTimeoutMs): Promise<void> {
    this.#rolling ??= this.#restart(withinMs).finally(() => {
      this.#rolling = undefined;
      this.#toGo = new Set();
      this.#group.tellNodes();
      this.#fill();
    });
    return this.#rolling;
  }

  /** Takes no more connections, has all workers drain and end, and closes. */
  async end(withinMs = this.#drainTimeoutMs): Promise<void> {
    this.#isEnding = true;
    this.#group.store?.stop();
    for (const timer of this.#restarts) timer.cancel();
    const unbound = this.#port.close();
    const running = [...this.#group.children].filter(({ status }) => status !== "starting");
    for (const child of this.#group.children) if (!running.includes(child)) child.kill();
    // First all hear that all go, so that no room goes to one that goes as well.
    for (const child of running) child.status = "draining";
    for (const child of running) this.#group.retire(child, withinMs);
    for (const socket of this.#waiting?.splice(0) ?? []) socket.destroy();
    await Promise.all([unbound, this.#group.ended()]);
    this.#closing ??= this.#closeStore();
    await this.#closing;
    this.#onClosed(this.#failure);
  }

  async #closeStore(): Promise<void> {
    try {
      await this.#group.store?.end();
    } catch (err) {
      this.#parts.log.error({ err }, "which clients may come back is not stored");
    }
  }

  async #startFirst(): Promise<ServerAbout> {
    const child = this.#spawn();
    await child.readyOrGone;
    if (child.about !== undefined) return child.about;
    throw new FirstWorkerFailed(child.failure, child.exitCode ?? 1);
  }

  async #restart(withinMs: number): Promise<void> {
    const { log } = this.#parts;
    const old = this.#ready();
    this.#toGo = new Set(old);
    log.info({ workers: old.length }, "replacing workers");
    for (const child of old) {
      // It has died meanwhile: whoever is started for it is new.
      if (!this.#group.children.has(child)) continue;
      const next = this.#spawn();
      await next.readyOrGone;
      if (next.status !== "ready" || this.#isEnding) {
        log.error({ node: next.name.node }, "the new worker did not start: the old ones stay");
        return;
      }
      this.#group.retire(child, withinMs);
      await child.gone;
    }
    log.info({ workers: old.length }, "workers replaced");
  }

  /** Starts as many workers as are missing. */
  #fill(): void {
    for (let missing = this.#missing; missing > 0; missing--) this.#spawn();
  }

  get #missing(): number {
    if (this.#isEnding) return 0;
    const staying = [...this.#group.children].filter(({ status }) => status !== "draining");
    return this.#parts.workers - staying.length;
  }

  #spawn(): WorkerProcess {
    const child = this.#group.fork();
    this.#group.begin(child);
    return child;
  }

  #onMessage(child: WorkerProcess, message: FromWorker): void {
    if (message.kind === "ready")
      this.#parts.log.info({ ...child.name, pid: child.pid }, "worker runs");
    else if (message.kind === "order") this.#obey(message);
  }

  #obey({ order, withinMs }: Extract<FromWorker, { readonly kind: "order" }>): void {
    const { log } = this.#parts;
    const work = order === "end" ? this.end(withinMs) : this.restart(withinMs);
    work.catch((err: unknown) => log.error({ err, order }, "the order failed"));
  }

  #onExit(child: WorkerProcess, how: string): void {
    const { log, clock, random } = this.#parts;
    const { node } = child.name;
    // The first one's failure is told by whoever waits for it.
    if (!this.#isFirstUp) return;
    if (child.status === "draining" || this.#isEnding) {
      log.info({ node }, "worker ended");
      return;
    }
    const lost =
      this.#group.store === undefined
        ? "its rooms are gone"
        : "what is not stored of its rooms is gone";
    const died = `a worker died${child.status === "ready" ? `: ${lost}` : " before it ran"}`;
    // While it is being replaced there is already somebody for it; and who was to replace another is not needed.
    if (this.#missing <= 0) {
      log.error({ node, how }, died);
      return;
    }
    const isSound = child.status === "ready" && clock.now() - child.startedMs >= soundAfterMs;
    this.#failures = isSound ? 0 : this.#failures + 1;
    log.error({ node, how }, `${died}, and it is started anew`);
    if (this.#failures >= failuresMax) {
      this.#giveUp(child);
      return;
    }
    const timer = clock.setTimer(
      () => {
        this.#restarts.delete(timer);
        this.#fill();
      },
      backoffMs(restarts, this.#failures, random),
    );
    this.#restarts.add(timer);
  }

  /** Workers die as soon as they start: more of them would not help. */
  #giveUp({ failure }: WorkerProcess): void {
    const message = failure?.message ?? "What they print says why.";
    this.#failure = new RoomlineError(
      "internal",
      `Workers died ${failuresMax} times in a row soon after their start. ${message}`,
    );
    this.end(0).catch((err: unknown) => this.#parts.log.error({ err }, "closing failed"));
  }

  /** A socket of a player, to the least busy worker, to one that stands still only when all do; once the server has begun. */
  #handOver(socket: Socket): void {
    if (this.#waiting === undefined) this.#give(socket);
    else if (this.#waiting.length < waitingMax) this.#waiting.push(socket);
    else socket.destroy();
  }

  #give(socket: Socket): void {
    const [child] = this.#ready().sort(
      (a, b) => Number(a.isSilent) - Number(b.isSilent) || a.burden - b.burden,
    );
    if (child === undefined) socket.destroy();
    else child.give(socket);
  }

  #ready(): WorkerProcess[] {
    return [...this.#group.children].filter(({ status }) => status === "ready");
  }
}

/** The first worker ended before it ran. It has mostly said why. */
export class FirstWorkerFailed extends RoomlineError {
  readonly exitCode: number;

  constructor(failure: RoomlineError | undefined, exitCode: number) {
    const message = `The first worker ended before it ran, with the exit code ${exitCode}.`;
    super(failure?.code ?? "internal", failure?.message ?? message);
    this.exitCode = exitCode;
  }
}
