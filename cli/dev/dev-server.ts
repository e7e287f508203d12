import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { backoffMs } from "../../shared/backoff.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import { createAcceptingPort } from "../../server/transport/accepting-port.ts";
import type { ListenAddress } from "../../server/transport/listen.ts";
import type { FromWorker, ServerAbout } from "../../server/workers/messages.ts";
import { WorkerGroup } from "../../server/workers/worker-group.ts";
import type { WorkerProcess } from "../../server/workers/worker-process.ts";
import { movedRooms, type Moved } from "./moved-rooms.ts";

/** What happens to a server whose code is being written. */
export type DevEvent =
  /** It can be reached. */
  | { readonly kind: "listening"; readonly address: ListenAddress; readonly about: ServerAbout }
  /** New code runs. */
  | ({ readonly kind: "live"; readonly tookMs: number } & Moved)
  /** New code does not run, and what ran before goes on; if anything did. */
  | { readonly kind: "failed"; readonly problem: string; readonly goesOn: boolean }
  /** The process with the rooms has died, and they with it. Another is started in `againMs`. */
  | { readonly kind: "died"; readonly how: string; readonly againMs: number }
  /** The rooms' code has not returned for some time. */
  | { readonly kind: "hangs" }
  /** It has returned after all. */
  | { readonly kind: "returned" }
  /** What is loaded is watched. `sinceMs`: when its loading began, in milliseconds since the Unix epoch. */
  | { readonly kind: "files"; readonly files: readonly string[]; readonly sinceMs: number };

interface DevServerParts {
  /** Starts a process that waits to be told what it is to be, with a channel to it. */
  readonly fork: () => ChildProcess;
  /** What the names of nodes begin with. */
  readonly node: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onEvent: (event: DevEvent) => void;
}

const nothingMoved: Moved = { moved: 0, ended: [] };

/** A host that has lived for so long did not fail at its start. */
const soundAfterMs = 10_000;
const restarts = { initialMs: 100, maxMs: 5_000, factor: 2 };
/** How long new code may take to be loaded. */
const loadWithinMs = 15_000;
/** How often is looked whether the rooms' code returns. */
const lookMs = 500;
/** It may have other reasons to be silent for a moment: a machine that is busy. */
const hangsAfterLooks = 4;
/** What a process that has failed has still to say, it says in this time. */
const lastWordsMs = 50;

/**
 * A server whose code is being written: connections are in one process, the edge, and rooms in another, the host. New code is loaded by
 * a new host, which takes the rooms over; the edge stays. It runs no code of the user's itself.
 */
export class DevServer {
  /** Resolves when all processes have ended. */
  readonly closed: Promise<void>;
  readonly #parts: DevServerParts;
  readonly #group: WorkerGroup;
  readonly #port = createAcceptingPort((socket) => this.#handOver(socket));
  #spare: WorkerProcess | undefined;
  #edge: WorkerProcess | undefined;
  #host: WorkerProcess | undefined;
  /** It is loading new code. */
  #next: WorkerProcess | undefined;
  #failures = 0;
  #isEnding = false;
  #reloading: Promise<void> | undefined;
  /** Files were saved since the code was loaded that is being loaded. */
  #isStale = false;
  #hangs = false;
  #silentLooks = 0;
  #loadBeganMs = 0;
  #again: Timer | undefined;
  #looking: Timer | undefined;
  #onClosed: () => void = () => undefined;

  constructor(parts: DevServerParts) {
    this.#parts = parts;
    this.#group = new WorkerGroup({
      ...parts,
      // The edge takes no rooms, and a host only when they are its own.
      standingOf: (child) => ({ isDraining: child !== this.#host }),
      onMessage: (child, message) => this.#onMessage(child, message),
      onGone: (child, how) => this.#onExit(child, how),
    });
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    this.#spare = this.#group.fork();
    this.#look();
  }

  /** Has new code take over, as soon as it can. Resolves when it has, or is known not to. */
  reload(): Promise<void> {
    this.#isStale = true;
    // What is being loaded is not what was saved last.
    this.#next?.kill();
    this.#reloading ??= this.#reload().finally(() => (this.#reloading = undefined));
    return this.#reloading;
  }

  /** Ends all processes: players are told to come back. */
  async end(withinMs: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#again?.cancel();
    this.#looking?.cancel();
    const unbound = this.#port.close();
    for (const child of this.#group.children) {
      const isAtWork = child === this.#edge || child === this.#host;
      if (isAtWork && child.status === "ready") this.#group.retire(child, withinMs);
      else child.kill();
    }
    await Promise.all([unbound, this.#group.ended()]);
    this.#onClosed();
  }

  async #reload(): Promise<void> {
    while (this.#isStale && !this.#isEnding) {
      this.#isStale = false;
      this.#again?.cancel();
      await this.#takeOver();
      this.#keepSpare();
    }
  }

  /** For the next save, and ready by then. Not while code is being loaded: it would take its share of the time. */
  #keepSpare(): void {
    if (!this.#isEnding) this.#spare ??= this.#group.fork();
  }

  async #takeOver(): Promise<void> {
    const { clock, onEvent } = this.#parts;
    const beganMs = clock.now();
    const next = await this.#load();
    if (next === undefined) return;
    if (this.#isUnwanted) {
      this.#discard(next);
      return;
    }
    const old = this.#host;
    const taken = old === undefined ? nothingMoved : await this.#move(old, next);
    if ("problem" in taken) {
      this.#discard(next);
      this.#onFailed(taken.problem);
      return;
    }
    const tookMs = clock.now() - beganMs;
    this.#tellProblem(undefined);
    await this.#beginServer(next);
    onEvent({ kind: "live", tookMs, ...taken });
  }

  /** Has the spare process load the code as it is now. Undefined: nothing came of it, which has been told. */
  async #load(): Promise<WorkerProcess | undefined> {
    const { clock } = this.#parts;
    const next = this.#spare ?? this.#group.fork();
    this.#spare = undefined;
    this.#next = next;
    this.#loadBeganMs = clock.wallNow();
    this.#group.begin(next);
    let ended = "The process ended while it was loading the code.";
    const late = clock.setTimer(() => {
      ended = `The code was not loaded within ${loadWithinMs / 1_000} s: does it wait for something, or loop?`;
      next.kill();
    }, loadWithinMs);
    await next.readyOrGone;
    late.cancel();
    this.#next = undefined;
    if (next.status === "ready") return next;
    if (!this.#isUnwanted) this.#onFailed(next.failure?.message ?? ended);
    return undefined;
  }

  /** Whether newer code is to be loaded, or none any more. */
  get #isUnwanted(): boolean {
    return this.#isStale || this.#isEnding;
  }

  #onFailed(problem: string): void {
    this.#parts.onEvent({ kind: "failed", problem, goesOn: this.#host !== undefined });
    this.#tellProblem(problem);
  }

  /** Has all rooms go on in the new process; or says why they cannot, and they go on where they are. */
  async #move(
    old: WorkerProcess,
    next: WorkerProcess,
  ): Promise<Moved | { readonly problem: string }> {
    if (!this.#group.children.has(old)) return nothingMoved;
    const { clock } = this.#parts;
    const tried = await movedRooms({
      ...{ clock, old, next },
      begin: () => {
        this.#edge?.tell({ kind: "hold", isHeld: true });
        this.#promote(next);
      },
    });
    if ("problem" in tried) return tried;
    this.#promote(next);
    this.#edge?.tell({ kind: "hold", isHeld: false });
    if (tried.isLost === true) old.kill();
    else this.#group.retire(old, 0);
    return tried;
  }

  /** From now on rooms are its. */
  #promote(host: WorkerProcess): void {
    this.#host = host;
    this.#hangs = false;
    this.#group.tellNodes();
  }

  /** With the first host, the server begins: its edge is told how, and the port is opened. */
  async #beginServer(host: WorkerProcess): Promise<void> {
    const { about } = host;
    this.#promote(host);
    if (about === undefined || this.#group.address !== undefined) return;
    const edge = this.#group.fork();
    this.#edge = edge;
    this.#group.begin(edge, { isDevMode: about.isDevMode });
    await edge.readyOrGone;
    if (edge.about === undefined)
      throw edge.failure ?? new RoomlineError("internal", "The process for connections ended.");
    const { host: where, port } = edge.about;
    const address = await this.#port.listen({ host: where, port });
    this.#group.listensAt(address);
    this.#parts.onEvent({ kind: "listening", address, about });
  }

  #onMessage(child: WorkerProcess, message: FromWorker): void {
    switch (message.kind) {
      case "failed":
        this.#discard(child);
        return;
      case "files":
        this.#parts.onEvent({ kind: "files", files: message.files, sinceMs: this.#loadBeganMs });
        return;
      case "order":
        void (message.order === "end" ? this.end(message.withinMs) : this.reload());
        return;
      default:
        return;
    }
  }

  #onExit(child: WorkerProcess, how: string): void {
    const { clock, random, onEvent } = this.#parts;
    if (this.#isEnding) return;
    if (child === this.#edge) {
      // It has none of the user's code: nothing is known that would end it but somebody from outside.
      void this.end(0);
      return;
    }
    if (child === this.#spare) this.#spare = undefined;
    if (child !== this.#host) return;
    this.#host = undefined;
    this.#hangs = false;
    const isSound = clock.now() - child.startedMs >= soundAfterMs;
    this.#failures = isSound ? 0 : this.#failures + 1;
    // While new code is being loaded there is somebody for it.
    if (this.#reloading !== undefined) return;
    const againMs = this.#failures === 0 ? 0 : backoffMs(restarts, this.#failures - 1, random);
    onEvent({ kind: "died", how, againMs });
    this.#tellProblem(`The process with the rooms has ended (${how}): it is started again.`);
    this.#again = clock.setTimer(() => void this.reload(), againMs);
  }

  /** Nothing comes of it. */
  #discard(child: WorkerProcess): void {
    this.#parts.clock.setTimer(() => child.kill(), lastWordsMs);
  }

  /** A socket of a player. */
  #handOver(socket: Socket): void {
    if (this.#edge?.status === "ready") this.#edge.give(socket);
    else socket.destroy();
  }

  #tellProblem(problem: string | undefined): void {
    this.#edge?.tell({ kind: "problem", problem });
  }

  /** Whether the rooms' code returns: a loop without an end, or a breakpoint, is told of, and left alone until something is saved. */
  #look(): void {
    const { clock, onEvent } = this.#parts;
    this.#looking = clock.setTimer(() => {
      this.#look();
      this.#silentLooks = this.#host?.isSilent === true ? this.#silentLooks + 1 : 0;
      const hangs = this.#silentLooks >= hangsAfterLooks;
      if (hangs === this.#hangs) return;
      this.#hangs = hangs;
      onEvent({ kind: hangs ? "hangs" : "returned" });
      this.#tellProblem(hangs ? "The code of the rooms does not return: does it loop?" : undefined);
    }, lookMs);
  }
}
