import type { PeerInfo, Transport } from "../../shared/transport.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import { FloodGate } from "./flood-gate.ts";
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
  readonly flood: FloodGate;
  readonly outbox: Outbox;
}

/** Makes the lanes of a connection. */
export function createLanes<C>(
  { transport, peer }: PeerStream,
  { clock, counters, frame, outbox, flood }: ConnectionParts<C>,
): Lanes {
  const nowMs = clock.now();
  const meter = new Meter(peer, nowMs);
  return {
    meter,
    flood: new FloodGate(transport, flood, nowMs),
    outbox: new Outbox({ transport, config: outbox, frame, counters, meter, nowMs }),
  };
}
