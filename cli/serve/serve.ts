import { createServer, RoomlineError, type Server } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { tickerRoomId } from "../../examples/ticker/contract.ts";
import { tickerRoom } from "../../examples/ticker/room.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { prepareServe, type Prepared } from "./prepare.ts";
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
  const isTerminal = around.stdout.isTTY === true;
  const prepared = await prepareServe({ module, checked, demo, isTerminal });
  if (!prepared.ok) return reportMistakes(around, prepared.mistakes);
  const { options, log } = prepared.value;
  let server: Server;
  try {
    server = await createServer({ ...options, log });
    if (module === undefined) await server.createRoom("ticker", { roomId: tickerRoomId });
  } catch (error) {
    const { code, message } = RoomlineError.from(error);
    if (code === "invalid-config") return reportMistakes(around, [message]);
    return reportFailure(around, message);
  }
  // Who reads that it listens may stop it at once.
  const stopped = untilStopped(server, prepared.value, around);
  announce(server, prepared.value, around);
  return stopped;
}

function announce(server: Server, { options }: Prepared, { stderr }: Surroundings): void {
  const rooms = Object.keys(options.rooms).join(", ");
  const wire = options.tls === undefined ? "in clear text" : "with TLS";
  const everywhere = server.host === "0.0.0.0" || server.host === "::";
  const where = everywhere
    ? " and every other address (--host 127.0.0.1: only here)"
    : isLoopback(server.host)
      ? ", for this machine only (--host 0.0.0.0: for all)"
      : "";
  stderr.write(`roomline: listening on ${server.address} ${wire}${where}, rooms: ${rooms}\n`);
  if (options.authenticate !== undefined) return;
  stderr.write(
    isLoopback(server.host)
      ? "roomline: dev mode, clients name themselves: export authenticate from your module before strangers come in.\n"
      : "roomline: WARNING: dev mode beyond this machine: whoever reaches this port may be anybody. Export authenticate from your module, or give --host 127.0.0.1.\n",
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** The first signal drains, the second ends the process at once. An operator's Drain ends it as well (rule AD-7). */
function untilStopped(server: Server, prepared: Prepared, around: Surroundings): Promise<number> {
  const { drainTimeoutMs } = prepared;
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
    void server.closed.then(() => {
      release();
      resolve(exitCodes.ok);
    });
  });
}
