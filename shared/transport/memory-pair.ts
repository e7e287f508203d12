import { MemoryEnd, type MemoryEndOptions } from "./memory-end.ts";
import type { PeerInfo, Transport, TransportAcceptor, TransportDialer } from "./transport.ts";

/** How a pair of in-memory transports behaves: both ends alike. */
type MemoryPairOptions = MemoryEndOptions;

/** Two ends of one stream in this process. */
export interface MemoryPair {
  readonly client: Transport;
  readonly server: Transport;
  /** Whether both ends have had their `onClose`. */
  readonly ended: boolean;
  /** Breaks the stream, as a network does: what is on its way is lost, both ends get `connectionLost`. */
  cut(detail?: string): void;
}

/** Creates a stream between two ends in this process, driven by nothing but the clock. */
export function createMemoryPair(options: MemoryPairOptions): MemoryPair {
  return linkEnds(options, () => undefined);
}

/** How clients reach an acceptor in the same process. */
interface MemoryDialerOptions extends MemoryPairOptions {
  readonly acceptor: TransportAcceptor;
  /** The address to show in errors and logs. Default "memory". */
  readonly target?: string;
  /** Subject of the certificate the clients seem to have. */
  readonly certificateSubject?: string;
}

/** A dialer to an acceptor in the same process, and the network between them. */
export interface MemoryDialer extends TransportDialer {
  /** Streams of which at least one end has not had its `onClose`. */
  readonly livePairs: number;
  /** While true, nobody can connect, as if the server were down. */
  refusing: boolean;
  /** Breaks all streams there are. */
  cut(): void;
}

/** Creates a {@link MemoryDialer}: a client and a server in one process, for bots, tests and simulations. */
export function createMemoryDialer(options: MemoryDialerOptions): MemoryDialer {
  const { acceptor, clock, latencyMs = 0, target = "memory", certificateSubject } = options;
  const live = new Set<MemoryPair>();
  return {
    target,
    refusing: false,
    get livePairs() {
      return live.size;
    },
    dial(metadata) {
      const pair = linkEnds(options, () => live.delete(pair));
      live.add(pair);
      const peer: PeerInfo = {
        protocol: "memory",
        address: target,
        metadata: new Map(metadata),
        ...(certificateSubject !== undefined && { certificateSubject }),
      };
      const arrive = (): void => {
        if (this.refusing) pair.cut(`Nobody listens at ${target}.`);
        else if (!pair.ended) acceptor.accept(pair.server, peer);
      };
      if (latencyMs > 0) clock.setTimer(arrive, latencyMs);
      else clock.defer(arrive);
      return pair.client;
    },
    cut() {
      for (const pair of [...live]) pair.cut();
    },
  };
}

function linkEnds(options: MemoryPairOptions, onEnded: () => void): MemoryPair {
  const onEnd = (): void => {
    if (pair.ended) onEnded();
  };
  const client = new MemoryEnd(options, onEnd);
  const server = new MemoryEnd(options, onEnd);
  client.link(server);
  server.link(client);
  const pair: MemoryPair = {
    client,
    server,
    get ended() {
      return client.ended && server.ended;
    },
    cut(detail = "The connection was cut.") {
      client.lose(detail);
      server.lose(detail);
    },
  };
  return pair;
}
