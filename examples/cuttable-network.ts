import { closeReasons, type Transport, type TransportDialer } from "roomline/client";

/** A way to the server that can be cut like a cable, to see what a client does about it. */
export interface CuttableNetwork {
  /** For `connect(target, { dialer })`. */
  readonly dialer: TransportDialer;
  /** Breaks the connection without a goodbye. New ones fail until `offlineMs` have passed. */
  cut(offlineMs: number): void;
}

/** Puts a switch into the way of one client to its server. */
export function createCuttableNetwork(way: TransportDialer): CuttableNetwork {
  let newest: Transport | undefined;
  let offlineUntilMs = 0;
  return {
    dialer: {
      target: way.target,
      dial(metadata) {
        newest = performance.now() < offlineUntilMs ? createDeadEnd() : way.dial(metadata);
        return newest;
      },
    },
    cut(offlineMs) {
      offlineUntilMs = performance.now() + offlineMs;
      newest?.destroy();
    },
  };
}

/** What one gets by dialling without a network: it fails at once. */
function createDeadEnd(): Transport {
  return {
    headroomBytes: 0,
    bufferedBytes: 0,
    open(handlers) {
      setTimeout(() => handlers.onClose(closeReasons.connectionLost, "the network is cut"), 0);
    },
    send: () => false,
    pauseReading: () => undefined,
    resumeReading: () => undefined,
    close: () => undefined,
    destroy: () => undefined,
  };
}
