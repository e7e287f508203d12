import type { ChannelCredentials } from "@grpc/grpc-js";
import type { Socket } from "node:net";

/** Keeps hold of the TCP socket under a channel. */
interface SocketHolder {
  /** Destroys the socket, now or as soon as there is one. */
  destroy(): void;
}

/**
 * Gets hold of the TCP socket of the channel that will be made with these credentials, which must not be shared.
 *
 * grpc-js has no way to break a connection: cancelling a call says goodbye politely, and does nothing at all on a network
 * that is gone. Every socket it opens passes through the connector of the credentials, though, with TLS and without, so
 * that is where we take note of it.
 */
export function holdSocket(credentials: ChannelCredentials): SocketHolder {
  const sockets = new Set<Socket>();
  let destroyed = false;
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (...parts) => {
    const connector = create(...parts);
    return {
      connect(socket) {
        if (destroyed) socket.destroy();
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  };
  return {
    destroy() {
      destroyed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
