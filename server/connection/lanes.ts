import type { PeerInfo, Transport } from "../../shared/transport.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import { Meter } from "./meter.ts";
import { Outbox } from "./outbox.ts";

/** The stream a connection is made of. */
export interface PeerStream {
  readonly transport: Transport;
  readonly peer: PeerInfo;
}

/** The two directions of a connection, and what is measured of them. */
export interface Lanes {
  readonly meter: Meter;
  readonly outbox: Outbox;
}

/** Makes the lanes of a connection. */
export function createLanes<C>(
  { transport, peer }: PeerStream,
  { clock, counters, frame, outbox }: ConnectionParts<C>,
): Lanes {
  const nowMs = clock.now();
  return {
    meter: new Meter(peer, nowMs),
    outbox: new Outbox({ transport, config: outbox, frame, counters, nowMs }),
  };
}
