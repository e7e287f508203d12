import { createServer, type Socket } from "node:net";
import { listen, type ListenAddress, type ListenTarget } from "./listen.ts";

/** A TCP port whose sockets somebody else serves. */
export interface AcceptingPort {
  /** Starts; resolves to where it listens. Rejects with a RoomlineError that says what to do. */
  listen(target: ListenTarget): Promise<ListenAddress>;
  /** Takes no more. */
  close(): Promise<void>;
}

/** Creates an {@link AcceptingPort}. Nothing is read of a socket before `onSocket` has it, so it can go to another process. */
export function createAcceptingPort(onSocket: (socket: Socket) => void): AcceptingPort {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  return {
    listen: (target) => listen(server, target),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
