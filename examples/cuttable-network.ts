import { createGrpcDialer, type Transport, type TransportDialer } from "roomline/client";

/** A way to the server that can be cut like a cable, to see what a client does about it. */
export interface CuttableNetwork {
  /** For `connect(target, { dialer })`. */
  readonly dialer: TransportDialer;
  /** Breaks the connection without a goodbye. New ones fail until `offlineMs` have passed. */
  cut(offlineMs: number): void;
}

/** Makes a network of its own for one client. */
export function createCuttableNetwork(target: string): CuttableNetwork {
  const grpc = createGrpcDialer({ target });
  let newest: Transport | undefined;
  let offlineUntilMs = 0;
  return {
    dialer: {
      target,
      dial(metadata) {
        newest = grpc.dial(metadata);
        if (performance.now() < offlineUntilMs) newest.destroy();
        return newest;
      },
    },
    cut(offlineMs) {
      offlineUntilMs = performance.now() + offlineMs;
      newest?.destroy();
    },
  };
}
