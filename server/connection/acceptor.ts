import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { PeerInfo, Transport, TransportAcceptor } from "../../shared/transport/transport.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { Connection } from "./connection.ts";

interface AcceptorParts {
  readonly connections: ConnectionPool;
  readonly create: (transport: Transport, peer: PeerInfo) => Connection;
  readonly onAccepted: () => void;
  readonly onTurnedAway: (reason: CloseReason, peer: PeerInfo) => void;
}

/** Makes connections of the streams that transports bring, as long as there is room and the server stays (HS-7, DR-1). */
export class Acceptor implements TransportAcceptor {
  readonly #parts: AcceptorParts;
  #draining = false;

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
  }

  accept(transport: Transport, peer: PeerInfo): void {
    const { connections, create, onAccepted } = this.#parts;
    if (this.#draining) {
      this.#turnAway(closeReasons.draining, transport, peer);
      return;
    }
    if (connections.isFull || connections.isFullFor(peer)) {
      this.#turnAway(closeReasons.capacity, transport, peer);
      return;
    }
    const connection = create(transport, peer);
    connections.register(connection);
    onAccepted();
    connection.open();
  }

  /** Turns new streams away from now on. */
  drain(): void {
    this.#draining = true;
  }

  #turnAway(reason: CloseReason, transport: Transport, peer: PeerInfo): void {
    this.#parts.onTurnedAway(reason, peer);
    const ignore = () => undefined;
    transport.open({ onFrame: ignore, onDrain: ignore, onClose: ignore });
    transport.close(reason, reason.meaning);
  }
}
