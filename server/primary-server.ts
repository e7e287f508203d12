import { fork } from "node:child_process";
import { RoomlineError } from "../shared/errors.ts";
import { hostWithPort, isAnyAddress } from "../shared/transport/host-with-port.ts";
import type { ServerConfig } from "./config.ts";
import type { RoomStanding } from "./feed/catalogue.ts";
import { createCounters } from "./observe/counters.ts";
import { createRoomHandle, roomsOf, type RoomHandle, type RoomsQuery } from "./room-handle.ts";
import type { NewRoom, Server, ServerUsage } from "./server-api.ts";
import type { ListenAddress } from "./transport/listen.ts";
import { openStore } from "./workers/group-store.ts";
import { workerMark, type ServerAbout } from "./workers/messages.ts";
import { Primary } from "./workers/primary.ts";

/** What starts a worker anew. */
export interface WorkerProgram {
  readonly path: string;
  readonly args: readonly string[];
}

/** Starts this program once more, as a worker. */
export function forkWorker({ path, args }: WorkerProgram = thisProgram()) {
  return fork(path, args, {
    // eslint-disable-next-line no-restricted-properties -- what the program has, its workers have
    env: { ...process.env, [workerMark]: "1" },
    serialization: "advanced",
  });
}

function thisProgram(): WorkerProgram {
  const [, path, ...args] = process.argv;
  if (path === undefined) {
    throw new RoomlineError(
      "invalid-config",
      "workers: the program has to be a file, which is started again for each worker.",
    );
  }
  return { path, args };
}

/** Starts the workers, and is their server as the program sees it. */
export async function startPrimary(
  config: Pick<ServerConfig, "workers" | "node" | "clock" | "random" | "log"> &
    Partial<Pick<ServerConfig, "store">>,
  program?: WorkerProgram,
): Promise<PrimaryServer> {
  const opened = config.store && (await openStore(config.store, config.log));
  const primary = new Primary({ ...config, opened, fork: () => forkWorker(program) });
  const { address, about } = await primary.start();
  config.log.info({ ...address, workers: config.workers }, "listening");
  return new PrimaryServer(primary, address, about);
}

/** A server of several workers, in the process that holds its port: it has no rooms, and asks a worker for everything. */
export class PrimaryServer implements Server {
  readonly host: string;
  readonly port: number;
  readonly closed: Promise<void>;
  readonly counters = createCounters();
  /** What the program of the workers has made of its options. */
  readonly about: ServerAbout;
  readonly #primary: Primary;

  constructor(primary: Primary, { host, port }: ListenAddress, about: ServerAbout) {
    this.about = about;
    this.host = host;
    this.port = port;
    this.#primary = primary;
    this.closed = primary.closed.then((failure) => {
      if (failure !== undefined) throw failure;
    });
    // Whoever waits for it hears of it.
    this.closed.catch(() => undefined);
  }

  get address(): string {
    return hostWithPort(isAnyAddress(this.host) ? "localhost" : this.host, this.port);
  }

  /** What all workers hold, as they have said within the last second. */
  get usage(): ServerUsage {
    return this.#primary.usage;
  }

  /** The processes of the workers, by the name of the node. */
  get workers(): ReadonlyMap<string, number> {
    return this.#primary.processes;
  }

  createRoom(roomType: string, { roomId = "", options }: NewRoom = {}): Promise<string> {
    return this.#primary.ask("createRoom", { roomType, roomId, options });
  }

  rooms(which?: RoomsQuery): Promise<readonly RoomStanding[]> {
    return roomsOf({ standings: (query) => this.#primary.ask("standings", query) }, which);
  }

  room(roomId: string): RoomHandle {
    const ask = (id: string, question: unknown): Promise<never> =>
      this.#primary.ask("ask", { roomId: id, question } as never) as Promise<never>;
    return createRoomHandle({ ask }, roomId);
  }

  revoke(clientId: string, { message = "", forMs = 0 } = {}): number {
    this.#primary.ask("revoke", { clientId, message, forMs }).catch(() => undefined);
    // How many connections that ends, the workers find out.
    return 0;
  }

  metrics(): Promise<string> {
    return this.#primary.ask("metrics", {});
  }

  drain(withinMs?: number): Promise<void> {
    return this.end(withinMs);
  }

  close(withinMs?: number): Promise<void> {
    return this.end(withinMs);
  }

  end(withinMs?: number): Promise<void> {
    return this.#primary.end(withinMs);
  }

  /** Replaces the workers one after the other, while the port stays open. */
  restart(withinMs?: number): Promise<void> {
    return this.#primary.restart(withinMs);
  }
}
