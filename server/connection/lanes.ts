import type { PeerInfo, Transport } from "../../shared/transport.ts";
import type { ConnectionParts } from "./connection-parts.ts";
import { Meter } from "./meter.ts";
import { Outbox } from "./outbox.ts";
import { TokenBucket } from "../time/token-bucket.ts";

/** The stream a connection is made of. */
export interface PeerStream {
  readonly transport: Transport;
  readonly peer: PeerInfo;
}

/** The two directions of a connection, and what is measured of them. */
export interface Lanes {
  readonly meter: Meter;
  /** What the client may still send (rule FL-1). */
  readonly messages: TokenBucket;
  readonly outbox: Outbox;
}

/** Makes the lanes of a connection. */
export function createLanes<C>(
  { transport, peer }: PeerStream,
  { clock, counters, frame, outbox, messages }: ConnectionParts<C>,
): Lanes {
  const nowMs = clock.now();
  const meter = new Meter(peer, nowMs);
  return {
    meter,
    messages: new TokenBucket(messages, nowMs),
    outbox: new Outbox({ transport, config: outbox, frame, counters, meter, nowMs }),
  };
}
