import { createServer, RoomlineError, type Server } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { tickerRoomId } from "../../examples/ticker/contract.ts";
import { tickerRoom } from "../../examples/ticker/room.ts";
import {
  createPrimary,
  FirstWorkerFailed,
  isPrimary,
  isWorkerProcess,
  tidyRecordings,
  type PrimaryServer,
} from "./primary.ts";
import { createServeLog } from "./serve-log.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { prepareServe, storeIn, type Prepared } from "./prepare.ts";
import type { Checked } from "../options/option-reader.ts";
import type { RoomModule } from "./room-module.ts";
import type { ServeOptions } from "./serve-options.ts";

const demo: RoomModule = {
  rooms: { chat: chatRoom, arena: arenaRoom, ticker: tickerRoom },
  authenticate: undefined,
};

/** Runs a server until it is told to stop. Resolves to the exit code. */
export async function serve(
  module: string | undefined,
  checked: Checked<ServeOptions>,
  around: Surroundings,
): Promise<number> {
  if (checked.ok && isPrimary(checked.value)) return servePrimary(checked.value, around);
  const isTerminal = around.stdout.isTTY === true;
  const prepared = await prepareServe({ module, checked, demo, isTerminal });
  if (!prepared.ok) return reportMistakes(around, prepared.mistakes);
  const { options, log, drainTimeoutMs } = prepared.value;
  const isWorker = isWorkerProcess();
  let server: Server;
  try {
    server = await createServer({ ...options, log });
    if (module === undefined) await keepTicker(server, isWorker);
  } catch (error) {
    return reportNotStarted(error, around);
  }
  if (isWorker) return server.closed.then(() => exitCodes.ok);
  // Who reads that it listens may stop it at once.
  const stopped = untilStopped(server, drainTimeoutMs, around);
  announce(server, aboutOf(prepared.value), around);
  return stopped;
}

/** How often workers look whether the room has gone with another one, in milliseconds. */
const tickerLookMs = 2_000;

/** Makes the room that nobody has to make; of several workers, whichever comes first whenever there is none. */
async function keepTicker(server: Server, isWorker: boolean): Promise<void> {
  const make = async (): Promise<void> => {
    try {
      await server.createRoom("ticker", { roomId: tickerRoomId });
    } catch (error) {
      const { code } = RoomlineError.from(error);
      if (code !== "room-exists" && code !== "draining") throw error;
    }
  };
  if (!isWorker) {
    await make();
    return;
  }
  // It may be at a node that dies at this moment, which is no reason not to run.
  const look = (): Promise<void> => make().catch(() => undefined);
  await look();
  const looking = setInterval(() => void look(), tickerLookMs).unref();
  void server.closed.then(() => clearInterval(looking));
}

/** Runs the process that holds the port, and starts this command again for each worker. */
async function servePrimary(asked: ServeOptions, around: Surroundings): Promise<number> {
  const { workers, node, logLevel, logFormat, dataDir } = asked;
  const isTerminal = around.stdout.isTTY === true;
  const store = storeIn(dataDir);
  if (!store.ok) return reportMistakes(around, store.mistakes);
  const log = await createServeLog({ level: logLevel, format: logFormat, isTerminal });
  let server: PrimaryServer;
  try {
    await tidyRecordings(asked);
    server = await createPrimary({ workers, node, log, store: store.value });
  } catch (error) {
    // It has said why, as this one would have.
    if (error instanceof FirstWorkerFailed) return error.exitCode;
    return reportNotStarted(error, around);
  }
  const stopped = untilStopped(server, server.about.drainTimeoutMs, around);
  const release = around.onHangup(() => {
    around.stderr.write("roomline: SIGHUP: replacing the workers one after the other\n");
    void server.restart();
  });
  announce(server, { ...server.about, workers: server.workers.size }, around);
  return stopped.finally(release);
}

function reportNotStarted(error: unknown, around: Surroundings): number {
  const { code, message } = RoomlineError.from(error);
  if (code === "invalid-config") return reportMistakes(around, [message]);
  return reportFailure(around, message);
}

/** What is announced of a server. */
interface Announced {
  readonly roomTypes: readonly string[];
  readonly isEncrypted: boolean;
  readonly isDevMode: boolean;
  readonly workers: number;
}

function aboutOf({ options }: Prepared): Announced {
  return {
    roomTypes: Object.keys(options.rooms),
    isEncrypted: options.tls !== undefined,
    isDevMode: options.authenticate === undefined,
    workers: 1,
  };
}

function announce(server: Server, about: Announced, { stderr }: Surroundings): void {
  const rooms = about.roomTypes.join(", ");
  const wire = about.isEncrypted ? "with TLS" : "in clear text";
  const everywhere = server.host === "0.0.0.0" || server.host === "::";
  const where = everywhere
    ? " and every other address (--host 127.0.0.1: only here)"
    : isLoopback(server.host)
      ? ", for this machine only (--host 0.0.0.0: for all)"
      : "";
  const workers = about.workers === 1 ? "" : `, ${about.workers} workers`;
  stderr.write(
    `roomline: listening on ${server.address} ${wire}${where}, rooms: ${rooms}${workers}\n`,
  );
  if (!about.isDevMode) return;
  stderr.write(
    isLoopback(server.host)
      ? "roomline: dev mode, clients name themselves: export authenticate from your module before strangers come in.\n"
      : "roomline: WARNING: dev mode beyond this machine: whoever reaches this port may be anybody. Export authenticate from your module, or give --host 127.0.0.1.\n",
  );
  const scheme = about.isEncrypted ? "https" : "http";
  stderr.write(`roomline: try your rooms: ${scheme}://${server.address}/playground/\n`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** The first signal drains, the second ends the process at once. An operator's Drain ends it as well (rule AD-7). */
function untilStopped(
  server: Server,
  drainTimeoutMs: number,
  around: Surroundings,
): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = async (signal: string): Promise<void> => {
      if (stopping) {
        around.exit(exitCodes.interrupted);
        return;
      }
      stopping = true;
      around.stderr.write(
        `roomline: ${signal}: draining for at most ${drainTimeoutMs / 1_000} s; once more ends it now\n`,
      );
      await server.end(drainTimeoutMs);
    };
    const release = around.onSignal((signal) => {
      stop(signal).catch((error: unknown) => {
        resolve(reportFailure(around, RoomlineError.from(error).message));
      });
    });
    server.closed.then(
      () => {
        release();
        resolve(exitCodes.ok);
      },
      (error: unknown) => resolve(reportFailure(around, RoomlineError.from(error).message)),
    );
  });
}
