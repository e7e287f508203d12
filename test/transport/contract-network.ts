import type { PeerInfo } from "../../shared/transport/transport.ts";
import type { RecordedEnd } from "./recorded-end.ts";

/** Two ends of one stream. */
export interface ConnectedEnds {
  readonly client: RecordedEnd;
  readonly server: RecordedEnd;
  readonly peer: PeerInfo;
}

/** A server, and the ways to it. */
export interface ContractNetwork {
  connect(metadata?: ReadonlyMap<string, string>): Promise<ConnectedEnds>;
  /** Waits until this is so. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets everything happen that is still going to. */
  settle(): Promise<void>;
  /** Ends everything, and proves that nothing is left. */
  end(): Promise<void>;
}

/** A kind of transport. */
export interface TransportKind {
  readonly name: string;
  /** Whether a reason the client closes for reaches the server. */
  readonly clientReasonsTravel: boolean;
  /** Whether a client that does not read hears that its stream broke. */
  readonly breaksReachPausedClients: boolean;
  createNetwork(): Promise<ContractNetwork>;
}

/** Checks one promise: gives the check two connected ends, and proves afterwards that nothing is left. */
export type Contract = (
  promise: string,
  check: (ends: ConnectedEnds, network: ContractNetwork) => Promise<void>,
) => void;

/** Sender and receiver, one way and the other. */
export function bothWays({ client, server }: ConnectedEnds): [RecordedEnd, RecordedEnd][] {
  return [
    [client, server],
    [server, client],
  ];
}
