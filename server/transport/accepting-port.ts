import { createServer, type Server, type Socket } from "node:net";
import { listen, type ListenAddress, type Listening, type ListenTarget } from "./listen.ts";

/** A TCP port whose sockets somebody else serves. */
export interface AcceptingPort {
  /** Starts; resolves to where it listens. Rejects with a RoomlineError that says what to do. */
  listen(target: ListenTarget): Promise<ListenAddress>;
  /** Takes no more. */
  close(): Promise<void>;
}

/** Creates an {@link AcceptingPort}. Nothing is read of a socket before `onSocket` has it, so it can go to another process. */
export function createAcceptingPort(onSocket: (socket: Socket) => void): AcceptingPort {
  const open = (): Server =>
    createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      socket.on("error", () => undefined);
      onSocket(socket);
    });
  const server = open();
  let listening: Listening | undefined;
  return {
    async listen(target) {
      listening = await listen(server, target, open);
      return listening.address;
    },
    close() {
      listening?.stop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
