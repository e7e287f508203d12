import { connect, createServer, type Socket } from "node:net";
import type { Clock } from "../../../shared/clock.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import { LocalStream } from "./stream.ts";

/** How streams between processes of one machine behave. */
interface LocalParts {
  readonly clock: Clock;
  /** How long an end waits for a peer that does not read. Default 1,000. */
  readonly lingerMs?: number;
}

const defaultLingerMs = 1_000;

/** Somebody who takes streams from other processes of this machine. */
export interface LocalListener {
  /** Takes no more, and cuts those there are. */
  close(): Promise<void>;
}

/** Listens at a path of the file system: whoever may write there may connect. Rejects when it cannot be used. */
export function listenLocal(
  path: string,
  accept: (stream: Transport) => void,
  { clock, lingerMs = defaultLingerMs }: LocalParts,
): Promise<LocalListener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    accept(new LocalStream(socket, { clock, lingerMs }));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

/** Begins a stream to whoever listens at that path. Failure to connect shows as the end of the stream. */
export function dialLocal(
  path: string,
  { clock, lingerMs = defaultLingerMs }: LocalParts,
): Transport {
  return new LocalStream(connect({ path, allowHalfOpen: true }), { clock, lingerMs });
}
