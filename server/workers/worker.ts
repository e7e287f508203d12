import type { Socket } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import type { Authenticate } from "../connection/authenticate.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { Home, NodeDirectory, RoomClaim } from "../nodes/directory.ts";
import type { NodeState } from "../nodes/peers.ts";
import type { ServerUsage } from "../server-api.ts";
import type { RoomStore } from "../store/room-store.ts";
import type { ListenAddress } from "../transport/listen.ts";
import { dialLocal, listenLocal, type LocalListener } from "../transport/local/socket.ts";
import {
  loadIntervalMs,
  workerMark,
  type DirectoryQuestion,
  type DirectoryWord,
  type EdgeStart,
  type FromPrimary,
  type FromWorker,
  type Outcome,
  type ServerAbout,
  type StoreAnswers,
  type WorkerAnswers,
} from "./messages.ts";

/** What a worker does when its primary says so. */
export interface WorkerUser {
  /** A player's socket, of which nothing has been read. */
  onSocket(socket: Socket): void;
  onNodes(states: readonly NodeState[]): void;
  onLink(link: Transport): void;
  /** To drain and end. */
  onEnd(withinMs: number): void;
  /** Rooms go from one worker to another, or have arrived. */
  onHold(isHeld: boolean): void;
  /** What is wrong with the code of rooms; undefined: nothing. */
  onProblem(problem: string | undefined): void;
  /** What is stored of these rooms is not to be written over. */
  onSetAside(roomIds: readonly string[]): void;
  readonly usage: () => ServerUsage;
  answer<M extends keyof WorkerAnswers>(
    method: M,
    ask: WorkerAnswers[M]["ask"],
  ): WorkerAnswers[M]["answer"] | Promise<WorkerAnswers[M]["answer"]>;
}

type Start = Extract<FromPrimary, { readonly kind: "start" }>;

let here: Promise<Worker> | undefined;

/** The worker that this process is; undefined: it was not started by a primary. */
export function workerHere(clock: Clock): Promise<Worker> | undefined {
  // eslint-disable-next-line no-restricted-properties -- how a primary tells its children
  if (process.env[workerMark] === undefined || process.send === undefined) return here;
  // What the program starts itself is no worker.
  // eslint-disable-next-line no-restricted-properties, @typescript-eslint/no-dynamic-delete -- as above
  delete process.env[workerMark];
  here ??= new Promise((resolve) => {
    const onStart = (message: FromPrimary): void => {
      if (message.kind !== "start") return;
      process.off("message", onStart);
      resolve(new Worker(message, clock));
    };
    process.on("message", onStart);
  });
  return here;
}

/** One of the processes of a server: what it hears from its primary, and says to it. */
export class Worker {
  readonly self: NodeName;
  readonly secret: Uint8Array;
  /** Set: it has the players, and none of the code of rooms. */
  readonly edge: EdgeStart | undefined;
  readonly directory: NodeDirectory;
  /** What this run of the server is called, unlike any other. */
  readonly run: string;
  /** The store of all workers, which the primary has; undefined: rooms are not kept. */
  readonly store: RoomStore | undefined;
  /** Rooms that were known at the start not to be picked up. */
  readonly setAside: readonly string[];
  /** Who says who clients are, for an edge; set before anybody comes. */
  authenticate: Authenticate | undefined;
  /** Where the server listens; resolves once it does. */
  readonly listening: Promise<ListenAddress>;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #asked = new Map<number, (value: unknown) => void>();
  readonly #askedOfStore = new Map<number, (outcome: Outcome) => void>();
  #calls = 0;
  #isListening = false;
  #user: WorkerUser | undefined;
  #listener: LocalListener | undefined;
  #loop = performance.eventLoopUtilization();
  #load: Timer | undefined;
  #onListening: (address: ListenAddress) => void = () => undefined;
  /** What came before there was anybody to hear it. */
  #early: (() => void)[] = [];

  constructor({ self, folder, secret, run, store, edge }: Start, clock: Clock) {
    this.self = self;
    this.edge = edge;
    this.secret = secret;
    this.run = run;
    this.store = store && this.#createStore(store.name);
    this.setAside = store?.setAside ?? [];
    this.#folder = folder;
    this.#clock = clock;
    this.directory = this.#createDirectory();
    this.listening = new Promise((resolve) => (this.#onListening = resolve));
    process.on("message", (message: FromPrimary, socket: Socket | undefined) =>
      this.#onMessage(message, socket),
    );
    // Without its primary a worker is nothing: nobody would send it players, and nobody would know whose rooms are whose.
    process.on("disconnect", () => process.exit(1));
    // A terminal tells all processes of a group; here the primary does.
    process.on("SIGINT", () => undefined);
    process.on("SIGHUP", () => undefined);
  }

  dial({ node, life }: NodeName): Transport {
    return dialLocal(this.#pathOf({ node, life }), { clock: this.#clock });
  }

  /** Begins to take links of other nodes. */
  async open(user: WorkerUser): Promise<void> {
    const accept = (link: Transport): void => user.onLink(link);
    this.#listener = await listenLocal(this.#pathOf(this.self), accept, { clock: this.#clock });
    this.#user = user;
    for (const hear of this.#early.splice(0)) hear();
    this.#sayLoadLater(user);
  }

  /** Says that it runs, and how it wants the port. Resolves to where the server listens. */
  async ready(about: ServerAbout): Promise<ListenAddress> {
    this.#say({ kind: "ready", ...about });
    return this.listening;
  }

  /** Says why it cannot run. */
  fail(thrown: unknown): void {
    const { code, message } = RoomlineError.from(thrown);
    this.#say({ kind: "failed", code, message });
  }

  /** The program here has loaded these files of the user's, or has looked for them. */
  tellFiles(files: readonly string[]): void {
    this.#say({ kind: "files", files });
  }

  /** An operator wants something of the whole server. */
  order(order: "end" | "restart", withinMs: number): void {
    this.#say({ kind: "order", order, withinMs });
  }

  /** The server here has ended. */
  async close(): Promise<void> {
    this.#load?.cancel();
    await this.#listener?.close();
    process.removeAllListeners("disconnect");
    if (process.connected) process.disconnect();
  }

  #onMessage(message: FromPrimary, socket: Socket | undefined): void {
    switch (message.kind) {
      case "outcome":
        this.#asked.get(message.call)?.(message.value);
        this.#asked.delete(message.call);
        return;
      case "stored":
        this.#askedOfStore.get(message.call)?.(message.outcome);
        this.#askedOfStore.delete(message.call);
        return;
      case "listening":
        this.#isListening = true;
        this.#onListening(message.address);
        return;
      case "start":
        return;
      default:
        if (this.#user !== undefined) this.#hear(message, socket, this.#user);
        else this.#early.push(() => this.#onMessage(message, socket));
    }
  }

  #hear(message: FromPrimary, socket: Socket | undefined, user: WorkerUser): void {
    switch (message.kind) {
      case "socket":
        // It may have been closed on its way.
        if (socket !== undefined) user.onSocket(socket);
        return;
      case "nodes":
        user.onNodes(message.states);
        return;
      case "end":
        // It has never listened: nobody has come, and the program still waits for that.
        if (!this.#isListening) process.exit(0);
        user.onEnd(message.withinMs);
        return;
      case "hold":
        user.onHold(message.isHeld);
        return;
      case "problem":
        user.onProblem(message.problem);
        return;
      case "set-aside":
        user.onSetAside(message.roomIds);
        return;
      case "ask":
        void this.#answer(message.call, () => user.answer(message.method, message.ask as never));
        return;
      default:
        return;
    }
  }

  async #answer(call: number, answer: () => unknown): Promise<void> {
    try {
      const value = await answer();
      this.#say({ kind: "answer", call, outcome: { ok: true, value } });
    } catch (thrown) {
      const { code, message } = RoomlineError.from(thrown);
      this.#say({ kind: "answer", call, outcome: { ok: false, code, message } });
    }
  }

  #sayLoadLater(user: WorkerUser): void {
    this.#load = this.#clock.setTimer(() => {
      this.#sayLoad(user);
      this.#sayLoadLater(user);
    }, loadIntervalMs);
  }

  #sayLoad(user: WorkerUser): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#loop);
    this.#loop = now;
    const usage = user.usage();
    const { connections, rooms } = usage;
    this.#say({ kind: "load", load: { utilization, connections, rooms }, usage });
  }

  #say(message: FromWorker): void {
    if (process.connected) process.send?.(message);
  }

  #pathOf({ node, life }: NodeName): string {
    return join(this.#folder, `${life}-${node.replace(/[^\w-]/g, "").slice(-24)}`);
  }

  #createDirectory(): NodeDirectory {
    const ask = <T>(method: DirectoryQuestion, ...args: readonly unknown[]): Promise<T> =>
      new Promise((resolve) => {
        const call = ++this.#calls;
        this.#asked.set(call, (value) => resolve(value as T));
        this.#say({ kind: "directory", call, method, args });
      });
    const say = (method: DirectoryWord, ...args: readonly unknown[]): void =>
      this.#say({ kind: "say", method, args });
    return {
      claimRoom: (roomId) => ask<RoomClaim>("claimRoom", roomId),
      findRoom: (roomId) => ask<RoomClaim | undefined>("findRoom", roomId),
      takeRoom: (roomId, term) => ask<RoomClaim | undefined>("takeRoom", roomId, term),
      releaseRoom: (roomId, term) => say("releaseRoom", roomId, term),
      claimHome: (clientId, seen) => ask<Home>("claimHome", clientId, seen),
      passHome: (clientId, home, to) => ask<Home | undefined>("passHome", clientId, home, to),
      noteToken: (clientId, home, token) => say("noteToken", clientId, home, token),
      releaseHome: (clientId, home) => say("releaseHome", clientId, home),
      settled: () => ask<void>("settled"),
    };
  }

  /** The store, as it is reached over the channel: in order with what is said to the directory. */
  #createStore(name: string): RoomStore {
    const relay =
      <M extends keyof StoreAnswers>(method: M) =>
      (...args: Parameters<StoreAnswers[M]>) =>
        this.#askStore(method, args) as ReturnType<StoreAnswers[M]>;
    return {
      name,
      // The primary has opened it, and shares out what it holds.
      open: () => Promise.resolve({ rooms: [], clients: [], secret: this.secret }),
      close: () => Promise.resolve(),
      write: relay("write"),
      read: relay("read"),
      readEvents: relay("readEvents"),
    };
  }

  #askStore(method: keyof StoreAnswers, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++this.#calls;
      this.#askedOfStore.set(call, (outcome) => {
        if (outcome.ok) resolve(outcome.value);
        else reject(new RoomlineError(outcome.code as RoomlineErrorCode, outcome.message));
      });
      this.#say({ kind: "store", call, method, args });
    });
  }
}
