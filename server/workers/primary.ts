import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import { DirectoryTable } from "../nodes/directory-table.ts";
import type { NodeLoad } from "../nodes/placement.ts";
import type { Log } from "../observe/log.ts";
import { createAcceptingPort } from "../transport/accepting-port.ts";
import type { ListenAddress } from "../transport/listen.ts";
import type {
  FromPrimary,
  FromWorker,
  ServerAbout,
  WorkerAnswers,
  WorkerUsage,
} from "./messages.ts";

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
}

/** A worker, as its primary knows it. */
interface Child {
  readonly name: NodeName;
  readonly process: ChildProcess;
  readonly startedMs: number;
  status: "starting" | "ready" | "draining" | "dead";
  load: Omit<NodeLoad, "node" | "isDraining">;
  usage: WorkerUsage;
  /** Sockets handed over since it last said how many it has. */
  handed: number;
  onReady: () => void;
  readonly gone: Promise<void>;
  failure: RoomlineError | undefined;
}

/** A worker that has lived for so long did not fail at its start. */
const soundAfterMs = 10_000;
/** How often in a row workers may die at their start. */
const failuresMax = 5;
const restarts = { initialMs: 100, maxMs: 5_000, factor: 2 };
/** How many connections a busy event loop counts for. */
const connectionsOfBusy = 200;
/** How long the homes of dead workers are remembered: no room keeps a seat for longer. */
const homesKeptMs = 3_600_000;

const nothing: WorkerUsage = {
  connections: 0,
  clients: 0,
  sessions: 0,
  rooms: 0,
  watches: 0,
  sockets: 0,
  timers: 0,
  adminWatches: 0,
};

/**
 * The process that holds the port of a server with several workers. It runs no code of the user's: it listens, hands each socket over
 * before a byte of it is read, keeps the directory, and starts workers anew that die.
 */
export class Primary {
  /** Resolves when all workers have ended and the port is closed; with the reason when that is not because somebody wanted it. */
  readonly closed: Promise<RoomlineError | undefined>;
  readonly #parts: PrimaryParts;
  readonly #table: DirectoryTable;
  readonly #folder = mkdtempSync(join(tmpdir(), "roomline-links-"));
  readonly #secret = new Uint8Array(randomBytes(32));
  readonly #children = new Set<Child>();
  readonly #asked = new Map<
    number,
    { readonly child: Child; readonly settle: (outcome: Outcome) => void }
  >();
  readonly #restarts = new Set<Timer>();
  readonly #port = createAcceptingPort((socket) => this.#handOver(socket));
  #address: ListenAddress | undefined;
  #names = 0;
  #calls = 0;
  #failures = 0;
  #isEnding = false;
  #rolling: Promise<void> | undefined;
  #drainTimeoutMs = 30_000;
  #onClosed: (reason: RoomlineError | undefined) => void = () => undefined;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
    this.#table = new DirectoryTable(parts.clock);
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  /**
   * Starts the workers, the first alone, and listens where they want it. Rejects with why that is not possible: what the first worker
   * failed with, or `address-in-use`.
   */
  async start(): Promise<{ readonly address: ListenAddress; readonly about: ServerAbout }> {
    let about: ServerAbout;
    try {
      about = await this.#startFirst();
      const { host, port } = about;
      this.#drainTimeoutMs = about.drainTimeoutMs;
      this.#address = await this.#port.listen({ host, port });
    } catch (thrown) {
      await this.end(0);
      throw thrown;
    }
    const address = this.#address;
    this.#tellAll({ kind: "listening", address: this.#address });
    const others = Array.from({ length: this.#parts.workers - 1 }, () => this.#spawn());
    await Promise.all(others.map((child) => readyOrGone(child)));
    return { address, about };
  }

  get drainTimeoutMs(): number {
    return this.#drainTimeoutMs;
  }

  /** What all workers hold, as they said last. */
  get usage(): WorkerUsage {
    const sum = { ...nothing } as Record<keyof WorkerUsage, number>;
    for (const { usage } of this.#children) {
      for (const name of Object.keys(sum) as (keyof WorkerUsage)[]) sum[name] += usage[name];
    }
    return sum;
  }

  /** The processes of the workers that run, by name. */
  get processes(): ReadonlyMap<string, number> {
    const all = [...this.#children].filter(({ status }) => status !== "dead");
    return new Map(all.map((child) => [child.name.node, child.process.pid ?? 0]));
  }

  /** Asks any worker. Rejects with what it answers, or `unavailable`. */
  async ask<M extends keyof WorkerAnswers>(
    method: M,
    ask: WorkerAnswers[M]["ask"],
  ): Promise<WorkerAnswers[M]["answer"]> {
    const [child] = this.#ready();
    if (child === undefined) throw new RoomlineError("unavailable", "No worker runs.");
    return this.#askOne(child, method, ask);
  }

  /**
   * Puts new workers in the place of those that run, one after the other: each old one drains once a new one runs. The port stays
   * open. Resolves when all have been replaced.
   */
  restart(withinMs = this.#drainTimeoutMs): Promise<void> {
    this.#rolling ??= this.#restart(withinMs).finally(() => (this.#rolling = undefined));
    return this.#rolling;
  }

  /** Takes no more connections, has all workers drain and end, and closes. */
  async end(withinMs = this.#drainTimeoutMs): Promise<void> {
    this.#isEnding = true;
    for (const timer of this.#restarts) timer.cancel();
    const unbound = this.#port.close();
    for (const child of this.#children) {
      if (child.status === "starting") child.process.kill("SIGKILL");
      else this.#drain(child, withinMs);
    }
    await Promise.all([unbound, ...[...this.#children].map(({ gone }) => gone)]);
    this.#close(undefined);
  }

  #close(reason: RoomlineError | undefined): void {
    rmSync(this.#folder, { recursive: true, force: true });
    this.#onClosed(reason);
  }

  async #startFirst(): Promise<ServerAbout> {
    let about: ServerAbout | undefined;
    const child = this.#spawn((ready) => (about = ready));
    await readyOrGone(child);
    if (about !== undefined) return about;
    const { exitCode } = child.process;
    throw new FirstWorkerFailed(child.failure, exitCode ?? 1);
  }

  async #restart(withinMs: number): Promise<void> {
    const { log } = this.#parts;
    const old = this.#ready();
    log.info({ workers: old.length }, "replacing workers");
    for (const child of old) {
      const next = this.#spawn();
      await readyOrGone(next);
      if (next.status !== "ready" || this.#isEnding) {
        log.error({ node: next.name.node }, "the new worker did not start: the old ones stay");
        return;
      }
      this.#drain(child, withinMs);
      await child.gone;
    }
    log.info({ workers: old.length }, "workers replaced");
  }

  #drain(child: Child, withinMs: number): void {
    if (child.status === "dead") return;
    child.status = "draining";
    this.#tellNodes();
    this.#tell(child, { kind: "end", withinMs });
    const patienceMs = withinMs + 5_000;
    const kill = this.#parts.clock.setTimer(() => child.process.kill("SIGKILL"), patienceMs);
    void child.gone.then(() => kill.cancel());
  }

  #spawn(onReady?: (about: ServerAbout) => void): Child {
    const { node, fork, clock } = this.#parts;
    const name = { node: `${node}-${++this.#names}`, life: randomBytes(6).toString("hex") };
    const forked = fork();
    const exited = new Promise<string>((resolve) => {
      forked.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
    });
    const child: Child = {
      name,
      process: forked,
      startedMs: clock.now(),
      status: "starting",
      load: { utilization: 0, connections: 0, rooms: 0 },
      usage: nothing,
      handed: 0,
      onReady: () => undefined,
      gone: exited.then((how) => this.#onExit(child, how)),
      failure: undefined,
    };
    this.#children.add(child);
    child.process.on("error", () => undefined);
    child.process.on("message", (message) => {
      const said = message as FromWorker;
      if (said.kind === "ready") onReady?.(said);
      this.#onMessage(child, said);
    });
    this.#tell(child, { kind: "start", self: name, folder: this.#folder, secret: this.#secret });
    if (this.#address !== undefined) {
      this.#tell(child, { kind: "listening", address: this.#address });
    }
    return child;
  }

  #onMessage(child: Child, message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        child.status = "ready";
        this.#parts.log.info({ ...child.name, pid: child.process.pid }, "worker runs");
        this.#table.enter(child.name);
        this.#tellNodes();
        child.onReady();
        return;
      case "failed":
        child.failure = new RoomlineError(message.code as RoomlineErrorCode, message.message);
        return;
      case "directory": {
        const { call, method, args } = message;
        this.#tell(child, { kind: "outcome", call, value: this.#look(child, method, args) });
        return;
      }
      case "say":
        this.#note(message.method, message.args);
        return;
      case "load":
        child.load = message.load;
        child.usage = message.usage;
        child.handed = 0;
        this.#table.sweep(this.#parts.clock.now() - homesKeptMs);
        this.#tellNodes();
        return;
      case "order":
        this.#obey(message);
        return;
      case "answer":
        this.#asked.get(message.call)?.settle(message.outcome);
        this.#asked.delete(message.call);
        return;
    }
  }

  #look(
    { name }: Child,
    method: Extract<FromWorker, { readonly kind: "directory" }>["method"],
    args: readonly unknown[],
  ): unknown {
    const table = this.#table;
    const id = String(args[0]);
    switch (method) {
      case "claimRoom":
        return table.claimRoom(id, name);
      case "findRoom":
        return table.findRoom(id);
      case "claimHome":
        return table.claimHome(id, Number(args[1]), name);
      case "passHome":
        return table.passHome(id, Number(args[1]), args[2] as NodeName);
    }
  }

  #note(
    method: Extract<FromWorker, { readonly kind: "say" }>["method"],
    args: readonly unknown[],
  ): void {
    const id = String(args[0]);
    const number = Number(args[1]);
    switch (method) {
      case "releaseRoom":
        this.#table.releaseRoom(id, number);
        return;
      case "noteToken":
        this.#table.noteToken(id, number, Number(args[2]));
        return;
      case "releaseHome":
        this.#table.releaseHome(id, number);
        return;
    }
  }

  #obey({ order, withinMs }: Extract<FromWorker, { readonly kind: "order" }>): void {
    const { log } = this.#parts;
    const work = order === "end" ? this.end(withinMs) : this.restart(withinMs);
    work.catch((err: unknown) => log.error({ err, order }, "the order failed"));
  }

  #onExit(child: Child, how: string): void {
    const { log, clock, random } = this.#parts;
    const wasWanted = child.status === "draining" || this.#isEnding;
    const isSound = child.status !== "starting" && clock.now() - child.startedMs >= soundAfterMs;
    child.status = "dead";
    this.#children.delete(child);
    this.#table.bury(child.name);
    this.#tellNodes();
    child.onReady();
    for (const [call, { child: asked, settle }] of this.#asked) {
      if (asked !== child) continue;
      this.#asked.delete(call);
      settle({ ok: false, code: "unavailable", message: "The worker is gone." });
    }
    if (wasWanted) log.info({ node: child.name.node }, "worker ended");
    // The first one's failure is told by whoever waits for it.
    if (wasWanted || this.#address === undefined) return;
    this.#failures = isSound ? 0 : this.#failures + 1;
    const { node } = child.name;
    log.error({ node, how }, "a worker died: its rooms are gone, and it is started anew");
    if (this.#failures >= failuresMax) {
      this.#giveUp(child);
      return;
    }
    const timer = clock.setTimer(
      () => {
        this.#restarts.delete(timer);
        if (!this.#isEnding) this.#spawn();
      },
      backoffMs(restarts, this.#failures, random),
    );
    this.#restarts.add(timer);
  }

  /** Workers die as soon as they start: more of them would not help. */
  #giveUp({ failure }: Child): void {
    const message = failure?.message ?? "What they print says why.";
    const reason = new RoomlineError(
      "internal",
      `Workers died ${failuresMax} times in a row soon after their start. ${message}`,
    );
    this.end(0).then(
      () => undefined,
      () => undefined,
    );
    this.#onClosed(reason);
  }

  /** A socket of a player, to the least busy worker. */
  #handOver(socket: Socket): void {
    const [child] = this.#ready().sort((a, b) => burdenOf(a) - burdenOf(b));
    if (child === undefined) {
      socket.destroy();
      return;
    }
    child.handed++;
    child.process.send({ kind: "socket" } satisfies FromPrimary, socket, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  #ready(): Child[] {
    return [...this.#children].filter(({ status }) => status === "ready");
  }

  #tellNodes(): void {
    const states = [...this.#children].flatMap(({ name, load, status }) => {
      if (status !== "ready" && status !== "draining") return [];
      return [{ ...name, ...load, isDraining: status === "draining" }];
    });
    this.#tellAll({ kind: "nodes", states });
  }

  #tellAll(message: FromPrimary): void {
    for (const child of this.#children) {
      if (child.status !== "dead") this.#tell(child, message);
    }
  }

  #tell({ process: child }: Child, message: FromPrimary): void {
    if (child.connected) child.send(message, () => undefined);
  }

  #askOne<M extends keyof WorkerAnswers>(
    child: Child,
    method: M,
    ask: WorkerAnswers[M]["ask"],
  ): Promise<WorkerAnswers[M]["answer"]> {
    return new Promise((resolve, reject) => {
      const call = ++this.#calls;
      const settle = (outcome: Outcome): void => {
        if (outcome.ok) resolve(outcome.value);
        else reject(new RoomlineError(outcome.code as RoomlineErrorCode, outcome.message));
      };
      this.#asked.set(call, { child, settle });
      this.#tell(child, { kind: "ask", call, method, ask });
    });
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

type Outcome = Extract<FromWorker, { readonly kind: "answer" }>["outcome"];

function burdenOf({ load, handed }: Child): number {
  return load.connections + handed + connectionsOfBusy * load.utilization;
}

/** Resolves when the worker runs, or is dead. */
function readyOrGone(child: Child): Promise<void> {
  if (child.status !== "starting") return Promise.resolve();
  return new Promise((resolve) => (child.onReady = resolve));
}
