import type { Server } from "node:net";
import { RoomlineError } from "../../shared/errors.ts";

/** Where a port is to listen. */
export interface ListenTarget {
  /**
   * A name or an address. Undefined: all interfaces, over IPv6 and IPv4 where the machine has both. `localhost`: this machine
   * alone, over both as well (RFC 6761, 6.3), whichever of them the name is looked up as first.
   */
  readonly host: string | undefined;
  readonly port: number;
}

/** Where a port listens. */
export interface ListenAddress extends ListenTarget {
  readonly host: string;
}

/** A server that listens. */
export interface Listening {
  readonly address: ListenAddress;
  /** Whoever comes is not let in any more; who is in stays. */
  stop(): void;
}

const ipv4Loopback = "127.0.0.1";
const ipv6Loopback = "::1";

/**
 * Starts listening; port 0 takes a free one. Rejects with `address-in-use` or `invalid-config` and a line that says what
 * to do.
 *
 * @param openTwin another server that takes what comes as this one does: a server of Node's listens at one address
 */
export async function listen(
  server: Server,
  target: ListenTarget,
  openTwin: () => Server,
): Promise<Listening> {
  if (target.host !== "localhost") {
    const address = await bind(server, target);
    return { address, stop: () => server.close() };
  }
  const address = await bind(server, { ...target, host: ipv4Loopback });
  const twin = openTwin();
  const stop = (): void => {
    server.close();
    twin.close();
  };
  try {
    await bind(twin, { host: ipv6Loopback, port: address.port });
  } catch (thrown) {
    // A port that was free over IPv4 is as good as asked for; and not every machine speaks IPv6.
    if (target.port !== 0 && thrown instanceof RoomlineError && thrown.code === "address-in-use") {
      stop();
      throw thrown;
    }
  }
  return { address, stop };
}

function bind(server: Server, target: ListenTarget): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off("listening", onListening);
      reject(listenError(error, target));
    };
    const onListening = (): void => {
      server.off("error", onError);
      // Of a connection that could not be accepted, as without free descriptors: the others go on.
      server.on("error", () => undefined);
      const bound = server.address();
      const { address, port } =
        typeof bound === "object" && bound !== null ? bound : { ...target, address: "::" };
      resolve({ host: target.host ?? address, port });
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen({ port: target.port, ...(target.host !== undefined && { host: target.host }) });
  });
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: ListenTarget): RoomlineError {
  const place = host === undefined ? `port ${port}` : `port ${port} on ${host}`;
  if (cause.code === "EADDRINUSE") {
    const advice =
      "stop the program that listens there, or choose another port (0 takes a free one)";
    return new RoomlineError("address-in-use", `Another program has ${place}: ${advice}.`, {
      cause,
    });
  }
  const advice = cause.code === "EACCES" ? " Choose a port from 1024 up." : "";
  const message = `Cannot listen at ${place}: ${cause.message}.${advice}`;
  return new RoomlineError("invalid-config", message, { cause });
}
