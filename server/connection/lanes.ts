import type { PeerInfo, Transport } from "../../shared/transport.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import { FloodGate } from "./flood-gate.ts";
import { Inbound, type InboundParts } from "./inbound.ts";
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
  readonly inbound: Inbound;
  readonly outbox: Outbox;
  readonly flood: FloodGate;
}

/** Makes the lanes of a connection. */
export function createLanes<C extends InboundParts["connection"]>(
  connection: C,
  { transport, peer }: PeerStream,
  parts: ConnectionParts<C>,
): Lanes {
  const { clock, counters, limits, timers, sessions, observer, frame } = parts;
  const nowMs = clock.now();
  const meter = new Meter(peer, nowMs);
  const onStrike = () =>
    observer.onThrottled(connection, "It sends more than its rate and is read later.");
  const flood = new FloodGate({ transport, timers, limits, clock, counters, onStrike });
  return {
    meter,
    flood,
    inbound: new Inbound({ sessions, clock, counters, flood, meter, connection }),
    outbox: new Outbox({ transport, config: parts.outbox, frame, counters, meter, nowMs }),
  };
}
